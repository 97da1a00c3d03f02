package views

import (
	"fmt"
	"math"
	"slices"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// drawDashboard is the shop at a glance: four numbers, the groups, the heat
// table and reviews to read.
func drawDashboard(s *sheet) {
	s.drawShop()
	s.drawTotals()
	if t, ok := tableOf(s.f, "totals"); ok && s.f.Shop != nil && s.f.Shop.Tables != nil && customers(t) == 0 {
		s.say(s.th.Title, "No customer meets all of this.")
		return
	}
	if s.width >= twoColumns {
		right := max(40, s.width*2/5)
		left := s.width - right - 4
		s.add(beside(4, []int{left, right}, s.groups(left), s.heat(right))...)
	} else {
		s.add(s.groups(s.width)...)
		s.gap()
		s.add(s.heat(s.width)...)
	}
	s.gap()
	s.drawSamples()
}

// drawTotals is a row of numbers with what they are below; of a filter's customers
// also what they are of everybody.
func (s *sheet) drawTotals() {
	t, ok := tableOf(s.f, "totals")
	if !ok || len(t.Rows) == 0 {
		return
	}
	tiles := totalTiles(t)
	everybody := make([]totalTile, len(tiles))
	if all, ok := s.st.Table("totals"); ok && len(all.Rows) > 0 && s.f.Shop != nil && s.f.Shop.Tables != nil {
		everybody = totalTiles(all)
	}
	lane := max(9, min(22, s.width/len(tiles)))
	values, names, alls := "", "", ""
	for i, tile := range tiles {
		if (i+1)*lane > s.width+2 {
			break
		}
		values += s.th.Title.Render(chart.Pad(tile.value, lane))
		names += s.th.Muted.Render(chart.Pad(chart.Cut(tile.name, lane-1), lane))
		if everybody[i].value != "" {
			alls += s.th.Muted.Render(chart.Pad(chart.Cut("all "+everybody[i].value, lane-1), lane))
		}
	}
	s.add(values, names)
	if alls != "" {
		s.add(alls)
	}
	s.gap()
}

// totalTile is a number with what it is.
type totalTile struct{ value, name string }

// totalTiles are the numbers of a table of totals.
func totalTiles(t pipeline.Table) []totalTile {
	at := func(name string) float64 { return numbers(t, name)[0] }
	if customers(t) == 0 {
		return []totalTile{{"–", "buy"}, {"–", "sentiment"}, {"–", "rating"}, {"–", "detailed"}, {"0", "customers"}}
	}
	return []totalTile{
		{pipeline.Percent(at("PURCHASE_RATE")), "buy"},
		{signed(at("SENTIMENT"), 2), "sentiment"},
		{fmt.Sprintf("%.2f", at("RATING")), "rating"},
		{pipeline.Percent(at("DETAILED")), "detailed"},
		{pipeline.Thousands(int64(at("CUSTOMERS"))), "customers"},
	}
}

// groups is a bar a group for its purchase rate, with the other numbers.
func (s *sheet) groups(width int) []string {
	t, ok := tableOf(s.f, "groups")
	if !ok || len(t.Columns) == 0 {
		return nil
	}
	names := words(t, t.Columns[0].Name)
	buys, feels, stars, count := numbers(t, "PURCHASE_RATE"), numbers(t, "SENTIMENT"), numbers(t, "RATING"), numbers(t, "CUSTOMERS")
	bars := make([]chart.Bar, len(names))
	for i := range names {
		text := fmt.Sprintf("%6s", pipeline.Percent(buys[i]))
		if width >= 40 {
			text += fmt.Sprintf("  %9s", signed(feels[i], 2))
		}
		if width >= 62 {
			text += fmt.Sprintf("  %6.2f  %9s", stars[i], pipeline.Thousands(int64(count[i])))
		}
		bars[i] = chart.Bar{Name: names[i], Value: buys[i], Text: text}
	}
	head := "buy"
	if width >= 40 {
		head = "buy  sentiment"
	}
	if width >= 62 {
		head = "buy  sentiment  rating  customers"
	}
	rates := chart.BarChart{Bars: bars, Chosen: -1}
	s.figure(Visible(t.Title), rates)
	return append([]string{title(s.th, Visible(t.Title), head, width)}, chart.Bars(rates, width, s.th)...)
}

// heat is the purchase rate for each mix of quality and tone.
func (s *sheet) heat(width int) []string {
	t, ok := tableOf(s.f, "heat")
	if !ok || len(t.Columns) == 0 {
		return nil
	}
	labels, tones := column(t, t.Columns[0].Name), words(t, "TONE")
	rates, count := numbers(t, "PURCHASE_RATE"), numbers(t, "CUSTOMERS")
	h := chart.HeatTable{Columns: []string{"negative", "neutral", "positive"}, Of: "buy", Format: percent}
	for _, label := range s.f.Lab.Labels {
		values, counts := []float64{math.NaN(), math.NaN(), math.NaN()}, make([]int64, 3)
		found := false
		for i := range labels {
			if j := slices.Index(h.Columns, tones[i]); j >= 0 && labels[i] == label {
				values[j], counts[j], found = rates[i], int64(count[i]), true
			}
		}
		if found {
			h.Rows, h.Values, h.Counts = append(h.Rows, shortLabel(label)), append(h.Values, values), append(h.Counts, counts)
		}
	}
	s.figure("Who buys, by review", h)
	return append([]string{title(s.th, "Who buys, by review", "quality × tone", width)}, chart.Heat(h, width, s.th)...)
}

// drawSamples lists reviews with what became of their writers.
func (s *sheet) drawSamples() {
	t, ok := tableOf(s.f, "samples")
	if !ok || len(t.Columns) < 5 {
		return
	}
	out := pipeline.Table{Title: t.Title, Total: t.Total, Columns: []store.Column{{Name: "BOUGHT"}, {Name: "QUALITY"}, {Name: "TONE", Type: store.String}, {Name: "GROUP"}, {Name: "REVIEW"}}}
	for _, row := range t.Rows {
		if len(row) < 5 {
			continue
		}
		bought := "· no"
		if n, ok := number(row[3]); ok && n > 0 {
			bought = "✓ yes"
		}
		feel, ok := number(row[1])
		if !ok {
			feel = math.NaN()
		}
		out.Rows = append(out.Rows, []any{bought, shortLabel(fmt.Sprint(row[0])), chart.PadLeft(signed(feel, 2), 5), row[2], row[4]})
	}
	first, most := s.window(len(out.Rows), s.listRoom()-3, s.cursor(len(out.Rows)))
	s.add(title(s.th, Visible(out.Title), s.reached("enter")+": in full", s.width))
	s.addList(out.Columns, out.Rows[first:first+most], s.cursor(len(out.Rows))-first, 0)
	s.list.first = first
}
