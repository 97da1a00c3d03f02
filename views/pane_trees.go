package views

import (
	"fmt"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// treeRows is how many branches of the tree are shown.
func treeRows(f Frame) int { return len(TreeBranches(f)) }

// TreeBranches are the branches of the frame's tree that are not folded away, by
// their place among all of the tree.
func TreeBranches(f Frame) []int {
	st := f.State.Step(f.Step.ID).Status
	if st != pipeline.Done && st != pipeline.Stale || f.Lens == nil || f.Lens.Trees == nil || f.Lens.Trees.Len() == 0 {
		return nil
	}
	var out []int
	tree := f.Lens.tree()
	for i := 0; i < len(tree); i++ {
		out = append(out, i)
		if f.Lens.Folded[i] {
			i += tree[i].Below
		}
	}
	return out
}

// tree is the one that is shown.
func (l *Lens) tree() []pipeline.Branch {
	return l.Trees.Tree(min(max(0, l.Tree), l.Trees.Len()-1))
}

// drawTrees shows one tree as indented text: the condition that leads to each
// node, with the gain of its split, its cover, and what a leaf adds.
func drawTrees(s *sheet) {
	lens := s.lens()
	switch {
	case s.st.Status != pipeline.Done && s.st.Status != pipeline.Stale:
		s.notYet()
		return
	case lens.NoTree != "":
		s.say(s.plainStyle(), Visible(lens.NoTree))
		return
	case lens.Trees == nil:
		s.say(s.th.Muted, "The trees are read from the lab's model where this is open; a recorded run has none of them.")
		return
	case lens.Trees.Len() == 0:
		s.say(s.plainStyle(), "The model has no trees.")
		return
	}
	n := min(max(0, lens.Tree), lens.Trees.Len()-1)
	tree, shown := lens.tree(), TreeBranches(s.f)
	leaves, deepest, low, high := 0, 0, 0.0, 0.0
	for _, b := range tree {
		deepest = max(deepest, b.Depth)
		if b.Leaf {
			leaves++
			low, high = min(low, b.Value), max(high, b.Value)
		}
	}
	about := fmt.Sprintf("%s · %s deep · adds %s to %s", counted(int64(leaves), "leaves"), counted(int64(deepest), "splits"), signed(low, 3), signed(high, 3))
	name := fmt.Sprintf("Tree %d of %d", n+1, lens.Trees.Len())
	head := s.th.Accent.Render("◂ ") + s.th.Title.Render(name) + s.th.Accent.Render(" ▸")
	s.add(head + s.th.Muted.Render(chart.Cut("  "+about, s.width-chart.Width(name)-4)))
	const numbers = 28
	room := s.width - 2 - numbers
	s.add(s.th.Muted.Render(chart.Cut("  "+chart.Pad("", room)+chart.PadLeft("gain", 9)+chart.PadLeft("cover", 9)+chart.PadLeft("adds", 10), s.width)))
	cursor := s.cursor(len(shown))
	s.choosable(len(shown), len(s.lines), 1, cursor)
	var guides []string // by depth: whether another side of a split above is to come
	for row, i := range shown {
		b := tree[i]
		indent := ""
		if b.Depth > 0 {
			guides = guides[:b.Depth-1]
			indent = strings.Join(guides, "")
			fork, guide := "├ ", "│ "
			if b.Last {
				fork, guide = "└ ", "  "
			}
			indent += fork
			guides = append(guides, guide)
		}
		text := oneLine(b.Condition)
		if lens.Folded[i] {
			text += fmt.Sprintf("  + %s below", pipeline.Thousands(int64(b.Below)))
		}
		value := chart.PadLeft(chart.Number(b.Gain), 9) + chart.PadLeft(pipeline.Thousands(int64(b.Cover+0.5)), 9) + chart.PadLeft("", 10)
		if b.Leaf {
			style := s.th.Up
			if b.Value < 0 {
				style = s.th.Down
			}
			value = chart.PadLeft(pipeline.Thousands(int64(b.Cover+0.5)), 18) + style.Render(chart.PadLeft(chart.Signed(b.Value, 3), 10))
		}
		mark, words := "  ", s.plainStyle()
		if row == cursor {
			mark, words = s.th.Accent.Render("▸ "), s.th.Title
		}
		left := max(0, room-chart.Width(indent))
		s.add(chart.Cut(mark+s.th.Muted.Render(indent)+words.Render(chart.Pad(text, left))+value, s.width))
	}
}
