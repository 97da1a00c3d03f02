package views

import (
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawSetup shows the objects of the lab, refused ones first, and the first
// customers.
func drawSetup(s *sheet) {
	objects := slices.Clone(s.st.Objects)
	slices.SortStableFunc(objects, func(a, b pipeline.Object) int { return objectOrder(a) - objectOrder(b) })
	if len(objects) > 0 {
		s.add(title(s.th, "Objects of the lab", objectCounts(objects), s.width))
		s.add(objectLines(objects, s.width, s.th)...)
	}
	s.gap()
	s.drawPreview("First customers")
}

func objectOrder(o pipeline.Object) int {
	return slices.Index([]string{"refused", "created", "kept"}, o.State)
}

func objectCounts(objects []pipeline.Object) string {
	var parts []string
	for _, state := range []string{"created", "kept", "refused"} {
		n := 0
		for _, o := range objects {
			if o.State == state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, " · ")
}

// objectLines lists objects in as many columns as fit; one with a reason has
// lines of its own.
func objectLines(objects []pipeline.Object, width int, th chart.Theme) []string {
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = Visible(o.Name)
	}
	lane := widest(names, width) + 20 // state, kind and a gap
	var out, cells []string
	for _, o := range objects {
		glyph, style := "+", th.Good
		switch o.State {
		case "kept":
			glyph, style = "=", th.Muted
		case "refused":
			glyph, style = "!", th.Bad
		}
		line := style.Render(glyph+" "+fmt.Sprintf("%-8s", o.State)) + " " + th.Muted.Render(fmt.Sprintf("%-6s", string(o.Kind))) + " " + Visible(o.Name)
		if o.Reason == "" {
			cells = append(cells, line)
			continue
		}
		out = append(out, line)
		for _, text := range wrapped(th.Muted, Visible(o.Reason), width-4) {
			out = append(out, "    "+text)
		}
	}
	columns := max(1, min(3, width/lane))
	rows := (len(cells) + columns - 1) / columns
	for i := range rows {
		var line string
		for j := range columns {
			if k := j*rows + i; k < len(cells) {
				line += chart.Pad(cells[k], lane)
			}
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return out
}

// drawPreview adds the first rows of the step's table, as many as the room
// left holds and at least five.
func (s *sheet) drawPreview(name string) {
	r := s.st.Result
	if len(r.Preview) == 0 {
		return
	}
	s.addTable(pipeline.Table{Title: name + " in " + r.Table, Columns: r.Schema, Rows: r.Preview, Total: r.Rows}, max(5, s.left()-4))
}
