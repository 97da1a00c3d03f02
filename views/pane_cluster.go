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
	speeds := chart.BarChart{Bars: bars, Chosen: -1, Airy: true}
	s.figure(Visible(t.Title), speeds)
	s.add(chart.Bars(speeds, min(s.width, 100), s.th)...)
	if n := len(rates); n > 1 && rates[0] > 0 && workers[n-1] > workers[0] {
		gain, ideal := rates[n-1]/rates[0], workers[n-1]/workers[0]
		verdict := "adding workers pays"
		if gain < 1+(ideal-1)/2 {
			verdict = "adding workers hardly pays here: the cores are busy already"
		}
		s.gap()
		s.say(s.plainStyle(), fmt.Sprintf("×%s of the ideal ×%s: %s.", strconv.FormatFloat(gain, 'f', 2, 64), strconv.FormatFloat(ideal, 'f', 2, 64), verdict))
	}
	s.drawNodes()
	s.drawWorkers()
}

// drawNodes lists the machines that the workers are on, with what they have.
func (s *sheet) drawNodes() {
	t, ok := s.st.Table("nodes")
	if !ok || len(t.Rows) == 0 {
		return
	}
	s.gap()
	s.add(title(s.th, Visible(t.Title), "", s.width))
	names, cores, workers := words(t, "NODE"), numbers(t, "CORES"), numbers(t, "WORKERS")
	memory, used := numbers(t, "MEMORY"), numbers(t, "USED")
	for i, name := range names {
		text := join(" · ", pipeline.Plural(int64(cores[i]), "core"), pipeline.Plural(int64(workers[i]), "worker"))
		line := "  " + chart.Pad(name, 14) + text
		if used[i] > 0 && memory[i] > 0 {
			line += s.th.Muted.Render(fmt.Sprintf("   memory %s of %s", pipeline.Bytes(int64(used[i])), pipeline.Bytes(int64(memory[i]))))
		}
		s.add(chart.Cut(line, s.width))
	}
}

// drawWorkers shows what the workers do now: for the step that runs, or, as
// nothing does, what they did for this one. The keys change how many there are.
func (s *sheet) drawWorkers() {
	want := int64(s.f.Values.Int("workers"))
	if s.st.Status == pipeline.Running {
		return // above, with the progress
	}
	of, head := s.st, "What each did here"
	for _, step := range pipeline.Steps {
		if st := s.f.State.Step(step.ID); st.Status == pipeline.Running && len(st.Workers) > 0 {
			of, head = st, "At work on "+step.Title
		}
	}
	right := pipeline.Plural(want, "worker")
	if want == 0 {
		right = "one worker a core"
	}
	if len(of.Workers) == 0 {
		return
	}
	s.gap()
	s.add(title(s.th, head, "next run: "+right, min(s.width, 100)))
	if of.Status == pipeline.Running {
		s.add(lanes(of.Workers, min(s.width, 100), s.th)...)
	} else {
		for _, w := range of.Workers {
			s.add(fmt.Sprintf("  worker %-3d %s", w.ID, s.th.Muted.Render(fmt.Sprintf("%-6s %s at %s", w.State, pipeline.Plural(w.Done, "review"), rate(w.Rate, "")))))
		}
	}
	s.add(s.th.Accent.Render("+ −") + chart.Cut(" one worker more or fewer", s.width-3))
}
