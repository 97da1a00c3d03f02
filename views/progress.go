package views

import (
	"fmt"
	"slices"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawProgress is the bar over all, with rate and time left, and a lane a
// worker.
func (s *sheet) drawProgress() {
	p := s.st.Progress
	switch {
	case p.Total > 0:
		s.add(progressBar(p, s.width, s.th))
		if p.Phase != "" {
			s.say(s.th.Muted, Visible(p.Phase))
		}
	case p.Done > 0:
		s.say(s.plainStyle(), fmt.Sprintf("%s %s so far", quantity(p.Done, p.Unit), p.Unit))
	case p.Phase != "":
		s.say(s.plainStyle(), Visible(p.Phase)+" …")
	default:
		s.say(s.plainStyle(), "starting …")
	}
	s.add(lanes(s.st.Workers, s.width, s.th)...)
	s.drawPace()
	s.gap()
}

// leastPace is how many rates make a curve worth looking at.
const leastPace = 8

// drawPace is how the rate has gone since the step began, between its lowest and
// its highest: from zero, what matters would be lost in a block.
func (s *sheet) drawPace() {
	pace := s.st.Pace
	if len(pace) < leastPace || s.f.Height < smallPane {
		return
	}
	const name = "  rate      "
	low, high := slices.Min(pace), slices.Max(pace)
	text := fmt.Sprintf("  %s to %s", rate(low, s.st.Progress.Unit), rate(high, s.st.Progress.Unit))
	curve := make([]float64, len(pace))
	for i, v := range pace {
		curve[i] = v - low + (high-low)/8
	}
	room := min(60, s.width-len(name)-chart.Width(text))
	if room > 12 {
		s.add(s.th.Muted.Render(name) + chart.Pad(chart.Sparkline(curve, room, s.th), room) + s.th.Muted.Render(text))
	}
}

// amount is how much of all is done; sizes of files name their unit themselves.
func amount(p pipeline.Progress) string {
	unit := p.Unit
	if unit == "bytes" {
		unit = ""
	}
	return join(" ", quantity(p.Done, p.Unit), "of", quantity(p.Total, p.Unit), unit)
}

func progressBar(p pipeline.Progress, width int, th chart.Theme) string {
	done, speed := amount(p), ""
	if p.Rate > 0 {
		speed = rate(p.Rate, p.Unit)
	}
	right := "  " + join("   ", done, speed)
	room := width - chart.Width(right)
	if room < 10 { // the count alone
		right = ""
		room = width
	}
	return chart.Track(float64(p.Done)/float64(p.Total), room, th) + right
}

// mostLanes is how many workers are shown one by one.
const mostLanes = 8

// lanes draws what each worker does: its rate against the fastest's.
func lanes(workers []pipeline.Worker, width int, th chart.Theme) []string {
	fastest := 0.0
	for _, w := range workers {
		fastest = max(fastest, w.Rate)
	}
	var out []string
	for i, w := range workers {
		if i == mostLanes {
			sum := 0.0
			for _, rest := range workers[i:] {
				sum += rest.Rate
			}
			out = append(out, th.Muted.Render(chart.Cut(fmt.Sprintf("  and %d more at %s", len(workers)-i, rate(sum, "")), width)))
			break
		}
		name := fmt.Sprintf("  worker %-3d", w.ID)
		right := fmt.Sprintf("  %8s", rate(w.Rate, ""))
		if w.State != "busy" {
			right = fmt.Sprintf("  %8s", w.State)
		}
		more := ""
		if w.Batch > 0 {
			more = fmt.Sprintf("   batch %d · %s tokens", w.Batch, pipeline.Thousands(int64(w.Tokens)))
		}
		if width < 56 {
			more = ""
		}
		bar := min(30, width-len(name)-chart.Width(right)-chart.Width(more))
		share := 0.0
		if fastest > 0 && w.State == "busy" {
			share = w.Rate / fastest
		}
		out = append(out, chart.Cut(name+chart.Lane(share, bar, th)+right+th.Muted.Render(more), width))
	}
	return out
}
