package views

import (
	"fmt"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawRead shows the files of the stage by size.
func drawRead(s *sheet) {
	t, ok := s.st.Table("files")
	if !ok {
		return
	}
	names, sizes, records, blank := words(t, "FILE"), numbers(t, "BYTES"), numbers(t, "RECORDS"), numbers(t, "BLANK")
	bars := make([]chart.Bar, len(names))
	for i := range names {
		bars[i] = chart.Bar{Name: names[i], Value: sizes[i], Text: fmt.Sprintf("%9s  %8s  %5s", pipeline.Bytes(int64(sizes[i])), pipeline.Thousands(int64(records[i])), pipeline.Thousands(int64(blank[i])))}
	}
	right := ""
	if int64(len(bars)) < t.Total {
		right = rangeOf(0, int64(len(bars)), t.Total)
	}
	s.add(title(s.th, Visible(t.Title), right, s.width))
	s.add(s.th.Muted.Render(chart.PadLeft("size   records  blank", s.width)))
	s.addBars(chart.BarChart{Bars: bars, Chosen: s.cursor(len(bars))})
	s.gap()
	s.drawPreview("First records")
}

// drawParse shows what was accepted, why the rest was not, and the first
// record of the chosen reason as it came.
func drawParse(s *sheet) {
	refused := int64(0)
	for _, q := range s.st.Quarantine {
		refused += q.Count
	}
	if accepted := s.st.Result.Rows; s.st.Result.Unit != "" {
		all := accepted + refused
		share := float64(accepted) / float64(max(1, all))
		text := fmt.Sprintf("%s of %s records are reviews  %s", pipeline.Thousands(accepted), pipeline.Thousands(all), pipeline.Percent(share))
		if room := min(56, s.width-len(text)-2); room > 12 {
			text = chart.Track(share, room, s.th) + "  " + text
		}
		s.add(text)
		if fixed, ok := number(s.st.Result.Facts["fixed"]); ok {
			s.marked("✓", s.th.Good, s.plainStyle(), pipeline.Plural(int64(fixed), "damaged record")+" was read again from a corrected copy.")
		}
		s.gap()
	}
	s.drawQuarantine(refused)
	s.gap()
	s.drawPreview("First reviews")
}

// drawQuarantine lists reasons by count, the chosen one with its first record.
func (s *sheet) drawQuarantine(refused int64) {
	if len(s.st.Quarantine) == 0 {
		if s.st.Status == pipeline.Done {
			s.marked("✓", s.th.Good, s.plainStyle(), "Nothing is in quarantine.")
		}
		return
	}
	bars := make([]chart.Bar, len(s.st.Quarantine))
	for i, q := range s.st.Quarantine {
		bars[i] = chart.Bar{Name: oneLine(q.Reason), Value: float64(q.Count), Text: pipeline.Thousands(q.Count)}
	}
	s.add(title(s.th, "In quarantine, by reason", pipeline.Plural(refused, "record"), s.width))
	cursor := s.cursor(len(bars))
	s.addBars(chart.BarChart{Bars: bars, Chosen: cursor})
	s.gap()
	s.add(s.quarantined(s.st.Quarantine[cursor])...)
}

// quarantined lists the records of one reason, as many as the event carries:
// where each stands, and its bytes.
func (s *sheet) quarantined(q pipeline.Quarantine) []string {
	var lines []string
	if t, ok := s.st.Table("quarantine"); ok {
		reasons, files, at, raw := words(t, "REASON"), words(t, "FILE"), numbers(t, "LINE"), words(t, "RAW")
		for i := range reasons {
			if reasons[i] == oneLine(q.Reason) {
				where := s.th.Muted.Render(fmt.Sprintf("  %s line %s", files[i], pipeline.Thousands(int64(at[i]))))
				lines = append(lines, where, "  "+chart.Cut(raw[i], s.width-2))
			}
		}
	} else if q.File != "" {
		lines = append(lines, s.th.Muted.Render(fmt.Sprintf("  %s line %s", Visible(q.File), pipeline.Thousands(q.Line))), "  "+chart.Cut(Visible(q.Raw), s.width-2))
	}
	shown := int64(len(lines) / 2)
	if most := max(2, s.left()-6) / 2 * 2; len(lines) > most {
		lines, shown = lines[:most], int64(most/2)
	}
	if shown > 0 && shown < q.Count {
		lines = append(lines, s.th.Muted.Render("  "+rangeOf(0, shown, q.Count)))
	}
	if viewOf(s.f) != nil {
		key := s.reached("enter")
		lines = append(lines, "", s.th.Accent.Render(key)+chart.Cut(" lists all of this reason; there F mends one", s.width-len(key)))
	}
	return lines
}
