package views

import (
	"fmt"
	"math"

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
	s.figure("How they spread", chart.Beeswarm(swarms))
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

// digits is how many decimals show three digits of the largest number.
func digits(top float64) int {
	if !(top > 0) {
		return 3
	}
	return min(6, max(0, 2-int(math.Floor(math.Log10(top)))))
}
