package views

import (
	"fmt"
	"strconv"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawCluster compares the rates that were measured.
func drawCluster(s *sheet) {
	t, ok := s.st.Table("scaling")
	if !ok {
		return
	}
	workers, rates := numbers(t, "WORKERS"), numbers(t, "REVIEWS_A_SECOND")
	bars := make([]chart.Bar, len(rates))
	for i := range rates {
		bars[i] = chart.Bar{Name: pipeline.Plural(int64(workers[i]), "worker"), Value: rates[i], Text: rate(rates[i], "")}
		if i > 0 && rates[0] > 0 {
			bars[i].Text += fmt.Sprintf("  ×%.2f", rates[i]/rates[0])
		} else {
			bars[i].Text += "  ×1.00"
		}
	}
	s.add(title(s.th, Visible(t.Title), "", s.width), "")
	s.add(chart.Bars(chart.BarChart{Bars: bars, Chosen: -1, Airy: true}, min(s.width, 100), s.th)...)
	if n := len(rates); n > 1 && rates[0] > 0 && workers[n-1] > workers[0] {
		gain, ideal := rates[n-1]/rates[0], workers[n-1]/workers[0]
		verdict := "adding workers pays"
		if gain < 1+(ideal-1)/2 {
			verdict = "adding workers hardly pays here: the cores are busy already"
		}
		s.gap()
		s.say(s.plainStyle(), fmt.Sprintf("×%s of the ideal ×%s: %s.", strconv.FormatFloat(gain, 'f', 2, 64), strconv.FormatFloat(ideal, 'f', 2, 64), verdict))
	}
	if s.st.Status != pipeline.Running && len(s.st.Workers) > 0 {
		s.gap()
		s.add(title(s.th, "Workers", "", s.width))
		for _, w := range s.st.Workers {
			s.add(fmt.Sprintf("  worker %-3d %s", w.ID, s.th.Muted.Render(fmt.Sprintf("%-6s %s at %s", w.State, pipeline.Plural(w.Done, "review"), rate(w.Rate, "")))))
		}
	}
}
