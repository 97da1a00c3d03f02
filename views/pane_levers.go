package views

import (
	"fmt"
	"math"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views/chart"
)

// answer is the answer to the lab's closing question, if the run gave one.
func (s *sheet) answer() string {
	text, _ := s.st.Result.Facts["answer"].(string)
	return Visible(text)
}

// drawLevers shows the best realistic change of each input, with what it would
// truly do where that is known.
func drawLevers(s *sheet) {
	t, ok := s.st.Table("levers")
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	if text := s.answer(); text != "" {
		s.say(s.th.Title, "Technical or product improvement?")
		s.say(s.plainStyle(), text)
		s.gap()
	}
	changes, kinds := words(t, "CHANGE"), words(t, "KIND")
	per, low, high, truth := numbers(t, "PER_1000"), numbers(t, "LOW"), numbers(t, "HIGH"), numbers(t, "TRUE_PER_1000")
	known, top := false, 0.0
	for i := range per {
		known = known || !math.IsNaN(truth[i])
		top = max(top, per[i])
		if !math.IsNaN(truth[i]) {
			top = max(top, truth[i])
		}
	}
	right := "per 1,000 customers"
	if known && s.width >= 70 {
		right = "purchases per 1,000 customers · │: in truth"
	}
	s.add(title(s.th, Visible(t.Title), right, s.width))
	texts := make([]string, len(per))
	for i := range per {
		texts[i] = chart.Signed(per[i], 0)
		if !math.IsNaN(low[i]) {
			texts[i] += fmt.Sprintf("  90%% [%s, %s]", signed(low[i], 0), signed(high[i], 0))
		}
	}
	width := 0
	for _, text := range texts {
		width = max(width, chart.Width(text))
	}
	for i := range changes {
		kind := kinds[i]
		s.add("  " + chart.Pad(changes[i], max(0, s.width-4-chart.Width(kind))) + "  " + s.th.Muted.Render(kind))
		text, more := chart.Pad(texts[i], width), ""
		if !math.IsNaN(truth[i]) {
			more = "  truth " + signed(truth[i], 0)
		}
		room := min(48, s.width-4-chart.Width(text)-2-len("  truth +000"))
		if room >= 6 {
			mark := truth[i] / top
			if !known {
				mark = math.NaN()
			}
			text = chart.Bullet(per[i]/top, mark, room, s.th) + "  " + text
		}
		s.add(chart.Cut("    "+text+s.th.Muted.Render(more), s.width))
	}
	s.gap()
	caveat := whatif.Caveat
	if known {
		caveat += " Here the data are synthetic: truth is what the formula behind them says of the same change."
	}
	s.say(s.th.Muted, caveat)
}

// drawBuyers lists who will most likely buy; the chosen one with reasons and
// the change that would help most.
func drawBuyers(s *sheet) {
	t, ok := s.st.Table("buyers")
	if !ok || len(t.Rows) == 0 || len(t.Columns) < 2 {
		s.notYet()
		return
	}
	if worth, ok := s.st.Result.Facts["worth"].(string); ok {
		s.say(s.plainStyle(), Visible(worth))
		s.gap()
	}
	chosen := s.cursor(len(t.Rows))
	list, lines := s.buyers(t, chosen, s.width)
	gain, ok := s.st.Table("gain")
	if s.width >= twoColumns && ok {
		const side = 36
		list, lines = s.buyers(t, chosen, s.width-side-4)
		list = beside(4, []int{s.width - side - 4, side}, list, append(s.plot(gainPlot(gain), side, 14), ""))
	}
	for i := range lines {
		lines[i] += len(s.lines)
	}
	s.list.lines = lines
	s.chosen = lines[chosen]
	s.add(list...)
	if s.width < twoColumns && ok {
		s.gap()
		s.add(s.plot(gainPlot(gain), s.width, 12)...)
	}
}

// buyers are the lines of the list, and in which of them each buyer stands.
func (s *sheet) buyers(t pipeline.Table, chosen, width int) (list []string, lines []int) {
	ids, groups := words(t, t.Columns[0].Name), words(t, t.Columns[1].Name)
	probability, bought := numbers(t, "PROBABILITY"), column(t, "BOUGHT")
	reasons := [][]string{words(t, "REASON_1"), words(t, "REASON_2"), words(t, "REASON_3")}
	levers := words(t, "LEVER")
	group := widest(groups, 16)
	id := min(8, widest(ids, 8))
	if width >= 100 {
		id = widest(ids, 36)
	}
	list = append(list, title(s.th, Visible(t.Title), "", width))
	head := chart.Pad("", 2) + chart.Pad("customer", id) + "  " + chart.Pad("", group) + "  buys with  truth"
	list = append(list, s.th.Muted.Render(chart.Cut(head, width)))
	for i := range ids {
		truth := "· did not"
		if b, ok := bought[i].(bool); ok && b {
			truth = "✓ bought"
		}
		line := chart.Pad(ids[i], id) + "  " + chart.Pad(groups[i], group) + "  " + chart.PadLeft(percent(probability[i]), 9) + "  " + chart.Pad(truth, 9)
		if left := width - 2 - chart.Width(line) - 2; left >= 24 && i != chosen {
			line += "  " + s.th.Muted.Render(chart.Cut(reasons[0][i], left))
		}
		lines = append(lines, len(list))
		if i != chosen {
			list = append(list, chart.Cut("  "+line, width))
			continue
		}
		list = append(list, s.th.Accent.Render("▸ ")+s.th.Title.Render(chart.Cut(line, width-2)))
		if chart.Width(ids[i]) > id {
			list = append(list, s.th.Muted.Render(chart.Cut("    "+ids[i], width)))
		}
		for _, of := range reasons {
			if of[i] != "" {
				list = append(list, chart.Cut("    "+signMark(of[i], s.th)+" "+of[i], width))
			}
		}
		if levers[i] != "" {
			list = append(list, chart.Cut("    "+s.th.Accent.Render("→")+" what would help most: "+levers[i], width))
		}
	}
	return list, lines
}

// signMark is the arrow of a reason, by the sign that it ends in.
func signMark(reason string, th chart.Theme) string {
	at := strings.LastIndexByte(reason, ' ')
	if strings.HasPrefix(reason[at+1:], "−") {
		return th.Down.Render("▼")
	}
	return th.Up.Render("▲")
}
