package views

import (
	"fmt"
	"slices"
	"strconv"

	"willbuy/pipeline"
	"willbuy/pipeline/zeroshot"
	"willbuy/views/chart"
)

// drawQuality shows how the labels fall, what fast rests on, the newest answers
// while it runs, and the least certain ones once it is done.
func drawQuality(s *sheet) {
	labels := labelsOf(s.f)
	head := "What the reviews are"
	if s.st.Status == pipeline.Running {
		head += " so far"
	}
	s.drawLabels(head, labels)
	s.either(func() {
		s.drawLanguages()
		s.drawCalibration()
	}, func() {
		row, all := 0, reviewRows(s.f)
		for _, t := range scoredTables(s.st) {
			s.gap()
			row = s.drawScored(t, labels, row, all)
		}
	})
}

// listsFirst is the height below which reviews come before the figures by language:
// what one reads and opens shall be in sight.
const listsFirst = 30

// either draws two parts in their order, or on a low pane the other way round.
func (s *sheet) either(first, second func()) {
	if s.f.Height < listsFirst {
		first, second = second, first
	}
	first()
	second()
}

// drawLabels draws a bar a label, in the order asked.
func (s *sheet) drawLabels(head string, order []string) {
	t, ok := s.st.Table("labels")
	if !ok {
		return
	}
	names, counts, total := column(t, "LABEL"), numbers(t, "REVIEWS"), 0.0
	for _, n := range counts {
		total += n
	}
	bars := make([]chart.Bar, len(counts))
	for i, n := range counts {
		name := oneLine(fmt.Sprint(names[i]))
		if s.width < 96 {
			name = shortLabel(name)
		}
		share := "–"
		if total > 0 {
			share = pipeline.Percent(n / total)
		}
		bars[i] = chart.Bar{Name: name, Value: n / max(1, total), Text: fmt.Sprintf("%s  %6s", pipeline.Thousands(int64(n)), share)}
	}
	slices.SortStableFunc(bars, func(a, b chart.Bar) int { return place(order, a.Name) - place(order, b.Name) })
	s.add(title(s.th, head, pipeline.Plural(int64(total), "review"), s.width))
	s.addBars(chart.BarChart{Bars: bars, Max: 1, Chosen: -1})
}

// place is where a label, long or short, stands among those asked for.
func place(labels []string, name string) int {
	return slices.IndexFunc(labels, func(l string) bool { return oneLine(l) == name || shortLabel(l) == name })
}

// drawScored lists reviews with their score for each label, the highest marked:
// of all that can be chosen, those from row on. It gives the number of the row
// that comes after them.
func (s *sheet) drawScored(t pipeline.Table, labels []string, row, all int) int {
	const scoreWidth = 8
	text := s.width - 2 - scoreWidth*len(labels) - 1
	if text < 16 {
		labels, text = labels[:0], s.width-2
	}
	head := ""
	for _, l := range labels {
		head += chart.PadLeft(shortLabel(l), scoreWidth)
	}
	s.add(chart.Pad(title(s.th, Visible(t.Title), "", s.width-chart.Width(head)), s.width-chart.Width(head)-1) + s.th.Muted.Render(head))
	reviews := labelled(t, labelsOf(s.f))
	first, most := s.window(len(reviews), s.listRoom()-1, s.cursor(all)-row)
	for i := first; i < first+most; i++ {
		r := reviews[i]
		line := chart.Pad(oneLine(r.Text), text)
		for j := range labels {
			if j >= len(r.Scores) {
				line += chart.PadLeft("–", scoreWidth)
				continue
			}
			number := strconv.FormatFloat(r.Scores[j], 'f', 2, 64)
			if r.Scores[j] == slices.Max(r.Scores) {
				line += s.th.Up.Render(chart.PadLeft("• ", scoreWidth-4)) + s.th.Title.Render(number)
			} else {
				line += s.th.Muted.Render(chart.PadLeft(number, scoreWidth))
			}
		}
		s.choice(row+i, all, line)
	}
	return row + len(reviews)
}

// drawCalibration shows what a sample told of fast.
func (s *sheet) drawCalibration() {
	t, ok := s.st.Table("calibration")
	if !ok || len(t.Rows) != 1 {
		return
	}
	at := func(name string) float64 { return numbers(t, name)[0] }
	sample := pipeline.Plural(int64(at("SAMPLE")), "review")
	s.gap()
	s.add(title(s.th, Visible(t.Title), "learnt from "+sample, s.width))
	redone, agreement := at("SHARE_REDONE"), at("EXPECTED_AGREEMENT")
	s.addBars(chart.BarChart{Max: 1, Chosen: -1, Bars: []chart.Bar{
		{Name: "redone exactly", Value: redone, Text: pipeline.Percent(redone)},
		{Name: "labels as exact, expected", Value: agreement, Text: pipeline.Percent(agreement)},
	}})
	changed := pipeline.Plural(int64(at("CHANGED")), "label")
	if (zeroshot.Calibration{Redone: redone}).Pays() {
		s.say(s.th.Muted, fmt.Sprintf("Where both were asked, the quick pass alone changed %s. What has its first two labels less than %.2f logits apart is redone.", changed, at("THRESHOLD")))
	} else {
		s.say(s.th.Muted, "Where both were asked, the quick pass alone changed "+changed+". So much to redo does not pay: every review is answered exactly.")
	}
}

// drawSentiment shows the scores as a histogram, by language, and the reviews at
// both ends.
func drawSentiment(s *sheet) {
	if _, done := s.st.Table("histogram"); !done {
		s.drawLabels("How they sound so far", []string{"positive", "mixed", "neutral", "negative"})
	} else if t, ok := s.st.Table("histogram"); ok {
		s.drawHistogram(t)
	}
	s.either(s.drawLanguages, func() {
		row, all := 0, reviewRows(s.f)
		for _, t := range feelings(s.st) {
			s.gap()
			row = s.drawFeelings(t, row, all)
		}
	})
}

func (s *sheet) drawHistogram(t pipeline.Table) {
	from, counts := numbers(t, "FROM_SCORE"), numbers(t, "REVIEWS")
	const step = 0.2 // of the step's query: ten bins from −1 to 1
	bins := make([]chart.Bin, 10)
	for i := range bins {
		bins[i].Label, bins[i].Down = signed(-1+step*float64(i), 1), i < len(bins)/2
	}
	for i, at := range from {
		if k := int((at+1)/step + 0.5); k >= 0 && k < len(bins) {
			bins[k].Count = counts[i]
		}
	}
	mean := ""
	if totals, ok := s.st.Table("totals"); ok && len(totals.Rows) == 1 {
		mean = "mean " + signed(numbers(totals, "MEAN")[0], 2)
	}
	s.add(title(s.th, Visible(t.Title), mean, min(s.width, 90)))
	s.figure(Visible(t.Title), chart.Columns(bins))
	s.add(chart.Histogram(bins, min(s.width, 90), min(14, max(7, s.left()-15)), s.th)...)
}

// drawFeelings lists texts after their score: of all that can be chosen, those
// from row on. It gives the number of the row that comes after them.
func (s *sheet) drawFeelings(t pipeline.Table, row, all int) int {
	s.add(title(s.th, Visible(t.Title), "", s.width))
	for _, r := range felt(t) {
		style := s.th.Up
		if r.Scores[0] < 0 {
			style = s.th.Down
		}
		s.choice(row, all, style.Render(chart.PadLeft(signed(r.Scores[0], 2), 5))+"  "+chart.Cut(oneLine(r.Text), s.width-9))
		row++
	}
	return row
}
