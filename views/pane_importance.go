package views

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/views/chart"
)

// measure is one way to say how important an input is.
type measure struct {
	name, column string
	signed       bool
	tells        string
}

// measures are those that the Global view goes through.
var measures = []measure{
	{"mean |φ|", "MEAN_ABS", false, "how far it moves a prediction on average, whichever way"},
	{"signed φ", "HIGH_MINUS_LOW", true, "how much more high values of it speak for buying than low ones"},
	{"permutation", "PERMUTATION", false, "how much worse the model gets when its values are shuffled among customers"},
	{"gain", "GAIN", false, "how much a split on it lowers the loss on average"},
	{"cover", "COVER", false, "how many customers a split on it divides on average, as a sum of hessians"},
	{"splits", "WEIGHT", false, "how many splits of all trees ask about it"},
}

// Measures is how many ways there are to say how important an input is.
func Measures() int { return len(measures) }

// importance is a bar an input by the chosen measure, the strongest first, and
// what the measure tells.
func (s *sheet) importance(t pipeline.Table) {
	chosen := min(max(0, s.lens().Measure), len(measures)-1)
	m := measures[chosen]
	var tabs []string
	for i, other := range measures {
		if i == chosen {
			tabs = append(tabs, s.th.Accent.Render("▸"+other.name))
		} else {
			tabs = append(tabs, s.th.Muted.Render(other.name))
		}
	}
	head := s.th.Title.Render("What moves predictions") + "  "
	line := strings.Join(tabs, s.th.Grid.Render(" · "))
	if chart.Width(head+line) > s.width {
		line = s.th.Accent.Render("◂ "+m.name+" ▸") + s.th.Muted.Render(fmt.Sprintf("  %d of %d", chosen+1, len(measures)))
	}
	s.add(chart.Cut(head+line, s.width))

	names, values, sd := column(t, "FEATURE"), numbers(t, m.column), numbers(t, "PERMUTATION_SD")
	order := make([]int, len(values))
	top := 0.0
	for i := range order {
		order[i] = i
		top = max(top, math.Abs(values[i]))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(values[b]), math.Abs(values[a])) })
	title := "What moves predictions, " + m.name
	if m.signed {
		var pushes chart.Pushes
		for _, i := range order {
			pushes = append(pushes, chart.Push{Name: s.featureName(fmt.Sprint(names[i])), Value: s.direction(fmt.Sprint(names[i]), values[i]), By: values[i]})
		}
		s.figure(title, pushes)
		s.add(chart.Diverging(pushes, s.width, s.th)...)
	} else {
		bars := chart.BarChart{Chosen: -1}
		for _, i := range order {
			text := strconv.FormatFloat(values[i], 'f', digits(top), 64)
			switch {
			case m.column == "WEIGHT" || m.column == "COVER":
				text = pipeline.Thousands(int64(math.Round(values[i])))
			case m.column == "PERMUTATION" && !math.IsNaN(sd[i]) && s.width >= 60:
				text += " ± " + strconv.FormatFloat(sd[i], 'f', digits(top), 64)
			}
			bars.Bars = append(bars.Bars, chart.Bar{Name: s.featureName(fmt.Sprint(names[i])), Value: max(0, values[i]), Text: text})
		}
		bars.Airy = s.airy(len(bars.Bars))
		s.figure(title, bars)
		s.add(chart.Bars(bars, s.width, s.th)...)
	}
	s.say(s.th.Muted, sentence(strings.ToUpper(m.tells[:1])+m.tells[1:]+s.unit(m)))
}

// unit says in what a measure is counted.
func (s *sheet) unit(m measure) string {
	objective, _ := s.st.Result.Facts["objective"].(string)
	logistic := objective == gbtree.Logistic
	switch m.column {
	case "MEAN_ABS", "HIGH_MINUS_LOW":
		if logistic {
			return "; in log-odds"
		}
		return "; in shares of a purchase"
	case "PERMUTATION":
		if logistic {
			return "; in log loss"
		}
		return "; in squared error"
	}
	return ""
}
