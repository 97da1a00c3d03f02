package views

import (
	"fmt"
	"math"
	"strconv"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawBeeswarm shows how the contributions of each input spread over customers,
// and which of its values push which way.
func drawBeeswarm(s *sheet) {
	importance, ok := s.st.Table("importance")
	if !ok {
		s.notYet()
		return
	}
	directions := numbers(importance, "HIGH_MINUS_LOW")
	var swarms []chart.Swarm
	customers := 0.0
	for i, name := range column(importance, "FEATURE") {
		feature := fmt.Sprint(name)
		t, ok := s.st.Table("beeswarm_" + feature)
		if !ok {
			s.notYet()
			return
		}
		swarm := chart.Swarm{Name: s.featureName(feature), Note: s.direction(feature, directions[i])}
		at, count, place := numbers(t, "CONTRIBUTION"), numbers(t, "CUSTOMERS"), numbers(t, "PLACE")
		customers = 0
		for b := range at {
			customers += count[b]
			swarm.Dots = append(swarm.Dots, chart.Dots{At: at[b], Count: count[b], Place: place[b]})
		}
		swarms = append(swarms, swarm)
	}
	head, about := s.th.Title.Render("How they spread"), s.th.Muted.Render("  "+counted(int64(customers), "customers"))
	legend := chart.SwarmLegend(s.th)
	left := max(0, s.width-chart.Width(legend))
	if chart.Width(head+about)+2 <= left {
		head += about
	}
	s.add(chart.Cut(chart.Pad(head, left)+legend, s.width))
	lines, apart := 2, false
	if n := len(swarms); n > 0 {
		if lines = min(6, (s.left()-3)/n); lines >= 4 { // a blank line parts them
			lines, apart = lines-1, true
		}
		lines = max(2, lines)
	}
	s.add(chart.Swarms(swarms, lines, apart, s.width, s.th)...)
	s.say(s.th.Muted, "φ, the contribution to the margin: right of the line a value speaks for buying, left of it against.")
}

// direction says in words what high values of a feature do.
func (s *sheet) direction(feature string, high float64) string {
	switch {
	case s.f.Lab.Source(feature) != "":
		return "a code"
	case math.Abs(high) < noEffect:
		return "–"
	case high > 0:
		return "high ▲ buys more"
	}
	return "high ▼ buys less"
}

// drawDependence shows how the chosen input moves predictions along its values,
// and which inputs work together.
func drawDependence(s *sheet) {
	importance, ok := s.st.Table("importance")
	if !ok {
		s.notYet()
		return
	}
	cursor := s.cursor(len(importance.Rows))
	names := s.features(importance, cursor)
	if s.width >= twoColumns {
		const left = 24
		s.choosable(len(importance.Rows), len(s.lines)+1, 1, cursor)
		s.add(beside(4, []int{left, 0}, names, s.dependence(importance, cursor, s.width-left-4))...)
	} else {
		s.choosable(len(importance.Rows), len(s.lines)+1, 1, cursor)
		s.add(names...)
		s.gap()
		s.add(s.dependence(importance, cursor, s.width)...)
	}
	if pairs, ok := s.st.Table("interactions"); ok && len(pairs.Rows) > 0 {
		s.gap()
		s.add(s.interactions(pairs)...)
	}
}

// features is the list of inputs to choose among.
func (s *sheet) features(importance pipeline.Table, chosen int) []string {
	lines := []string{s.th.Title.Render("Input")}
	for i, name := range column(importance, "FEATURE") {
		text := s.featureName(fmt.Sprint(name))
		if i == chosen {
			text = s.th.Accent.Render("▸ ") + s.th.Title.Render(text)
		} else {
			text = "  " + text
		}
		lines = append(lines, text)
	}
	return lines
}

// mostPairs is how many pairs of inputs are shown.
const mostPairs = 6

// interactions is a bar a pair, strongest first.
func (s *sheet) interactions(t pipeline.Table) []string {
	first, second, means := column(t, "FEATURE"), column(t, "WITH"), numbers(t, "MEAN_ABS")
	var bars []chart.Bar
	for i := range min(mostPairs, len(means)) {
		bars = append(bars, chart.Bar{Name: s.featureName(fmt.Sprint(first[i])) + " × " + s.featureName(fmt.Sprint(second[i])), Value: means[i],
			Text: strconv.FormatFloat(means[i], 'f', digits(means[0]), 64)})
	}
	return append([]string{title(s.th, "What works together", "mean |interaction|", s.width)},
		chart.Bars(chart.BarChart{Bars: bars, Chosen: -1}, s.width, s.th)...)
}

// digits is how many decimals show three digits of the largest number.
func digits(top float64) int {
	if !(top > 0) {
		return 3
	}
	return min(6, max(0, 2-int(math.Floor(math.Log10(top)))))
}
