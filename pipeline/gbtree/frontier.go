package gbtree

import "container/heap"

// frontier holds the leaves that may still be split and hands them out in
// batches, as XGBoost's Driver does.
type frontier struct {
	params *Params
	leaves int // of the tree
	queue  []*node
}

// atOnce is how many nodes of a level XGBoost splits at a time.
const atOnce = 256

func newFrontier(p *Params) *frontier { return &frontier{params: p, leaves: 1} }

// push adds leaves in the order of their ids. Without a split worth the while
// they stay leaves.
func (q *frontier) push(leaves ...*node) {
	for _, n := range leaves {
		if n.best.gain > epsilon {
			heap.Push(q, n)
		}
	}
}

// pop returns the leaves to split next: the one that gains most, or depthwise up
// to atOnce of one level. None ends the tree, even if a deeper leaf is left: on
// levels of more than atOnce nodes XGBoost stops so when a batch has nothing that
// gains gamma.
func (q *frontier) pop() []*node {
	if len(q.queue) == 0 {
		return nil
	}
	var batch []*node
	level := q.queue[0].depth
	for len(q.queue) > 0 && q.queue[0].depth == level && len(batch) < atOnce {
		n := heap.Pop(q).(*node)
		if q.worth(n) {
			q.leaves++
			batch = append(batch, n)
		}
		if q.params.GrowPolicy == Lossguide {
			break
		}
	}
	return batch
}

// worth tells whether a leaf may be split.
func (q *frontier) worth(n *node) bool {
	p := q.params
	return n.best.gain >= p.Gamma && (p.MaxLeaves == 0 || q.leaves < p.MaxLeaves)
}

// wants tells whether leaves of a depth may still be split.
func (q *frontier) wants(depth int) bool {
	return q.params.allows(depth) && (q.params.MaxLeaves == 0 || q.leaves < q.params.MaxLeaves)
}

// allows tells whether a node of a depth may be split.
func (p *Params) allows(depth int) bool { return p.MaxDepth == 0 || depth < p.MaxDepth }

// The rest is for container/heap.

func (q *frontier) Len() int      { return len(q.queue) }
func (q *frontier) Swap(i, j int) { q.queue[i], q.queue[j] = q.queue[j], q.queue[i] }
func (q *frontier) Push(n any)    { q.queue = append(q.queue, n.(*node)) }

func (q *frontier) Pop() any {
	last := len(q.queue) - 1
	n := q.queue[last]
	q.queue = q.queue[:last]
	return n
}

// Less puts the leaf first that gains most, depthwise the one with the lower id.
func (q *frontier) Less(i, j int) bool {
	a, b := q.queue[i], q.queue[j]
	if q.params.GrowPolicy == Lossguide && a.best.gain != b.best.gain {
		return a.best.gain > b.best.gain
	}
	return a.id < b.id
}
