package gbtree

import "testing"

// XGBoost's Driver hands out at most 256 nodes of a level and ends the tree with
// the first batch of which none gains gamma, although deeper nodes wait.
func TestALevelOfManyNodesIsHandedOutInBatches(t *testing.T) {
	p := DefaultParams(Logistic)
	p.Gamma = 1
	q := newFrontier(&p)
	for id := range 300 {
		gain := float32(2)
		if id >= 256 {
			gain = 0.5
		}
		q.push(&node{id: int32(id), depth: 9, best: split{gain: gain}})
	}
	batch := q.pop()
	if len(batch) != 256 || batch[0].id != 0 || batch[255].id != 255 {
		t.Fatalf("%d nodes in the first batch", len(batch))
	}
	q.push(&node{id: 300, depth: 10, best: split{gain: 9}})
	if batch := q.pop(); len(batch) != 0 {
		t.Errorf("%d nodes in the second batch, of depth %d", len(batch), batch[0].depth)
	}
}

func TestLossguideTakesTheLargestGainAndOfEqualsTheOlderNode(t *testing.T) {
	p := DefaultParams(Logistic)
	p.GrowPolicy, p.MaxLeaves = Lossguide, 4
	q := newFrontier(&p)
	for id, gain := range []float32{3, 5, 5, 1, 1e-7} {
		q.push(&node{id: int32(id), best: split{gain: gain}})
	}
	for _, want := range []int32{1, 2, 0} {
		if batch := q.pop(); len(batch) != 1 || batch[0].id != want {
			t.Fatalf("got %d nodes, want node %d alone", len(batch), want)
		}
	}
	if len(q.pop()) != 0 {
		t.Error("a fifth leaf of four")
	}
}
