package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/zeroshot"
	"willbuy/views/chart"
)

// drawQuality shows how the labels fall, what fast rests on, the newest answers
// while it runs, and the least certain ones once it is done.
func drawQuality(s *sheet) {
	labels := strings.Split(s.st.Params["labels"], ",")
	if s.st.Params["labels"] == "" {
		labels = s.f.Lab.Labels
	}
	head := "What the reviews are"
	if s.st.Status == pipeline.Running {
		head += " so far"
	}
	s.drawLabels(head, labels)
	s.drawLanguages()
	s.drawCalibration()
	latest, _ := s.st.Table("latest")
	uncertain, done := s.st.Table("uncertain")
	for _, t := range []pipeline.Table{latest, uncertain} {
		if len(t.Rows) > 0 && (t.Name == "uncertain") == done {
			s.gap()
			s.drawScored(t, labels, max(4, s.left()-3))
		}
	}
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
		if s.width < 72 {
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

// drawScored lists texts with their score for each label, the highest marked.
func (s *sheet) drawScored(t pipeline.Table, labels []string, most int) {
	const scoreWidth = 8
	text := s.width - 2 - scoreWidth*len(labels) - 1
	if text < 16 {
		labels, text = labels[:0], s.width-2
	}
	head := "  " + chart.Pad("", text)
	for _, l := range labels {
		head += chart.PadLeft(shortLabel(l), scoreWidth)
	}
	s.add(title(s.th, Visible(t.Title), strings.TrimLeft(head, " "), chart.Width(head)))
	for i, row := range t.Rows {
		if i == most {
			break
		}
		if len(row) < 4 {
			continue
		}
		var scores []float64
		encoded, _ := row[2].(string)
		if json.Unmarshal([]byte(encoded), &scores) != nil {
			scores = nil
		}
		line := "  " + chart.Pad(oneLine(fmt.Sprint(row[3])), text)
		for j := range labels {
			if j >= len(scores) {
				line += chart.PadLeft("–", scoreWidth)
				continue
			}
			number := strconv.FormatFloat(scores[j], 'f', 2, 64)
			if scores[j] == slices.Max(scores) {
				line += s.th.Up.Render(chart.PadLeft("• ", scoreWidth-4)) + s.th.Title.Render(number)
			} else {
				line += s.th.Muted.Render(chart.PadLeft(number, scoreWidth))
			}
		}
		s.add(line)
	}
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
	if s.st.Status == pipeline.Running {
		s.drawLabels("How they sound so far", []string{"positive", "mixed", "neutral", "negative"})
		if t, ok := s.st.Table("latest"); ok {
			s.gap()
			s.drawFeelings(t.Title, column(t, "SCORE"), column(t, "TEXT"), s.width, 8)
		}
		return
	}
	if t, ok := s.st.Table("histogram"); ok {
		s.drawHistogram(t)
	}
	s.drawLanguages()
	s.gap()
	for _, name := range []string{"happiest", "unhappiest"} {
		if t, ok := s.st.Table(name); ok && len(t.Columns) == 2 {
			s.drawFeelings(t.Title, column(t, t.Columns[0].Name), column(t, t.Columns[1].Name), s.width, 5)
			s.gap()
		}
	}
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
	s.add(chart.Histogram(bins, min(s.width, 90), min(14, max(7, s.left()-15)), s.th)...)
}

// drawFeelings lists texts after their score.
func (s *sheet) drawFeelings(head string, scores, texts []any, width, most int) {
	s.add(title(s.th, Visible(head), "", width))
	for i := range min(len(texts), most) {
		score, _ := number(scores[i])
		style := s.th.Up
		if score < 0 {
			style = s.th.Down
		}
		s.add("  " + style.Render(chart.PadLeft(signed(score, 2), 5)) + "  " + chart.Cut(oneLine(fmt.Sprint(texts[i])), width-9))
	}
}
