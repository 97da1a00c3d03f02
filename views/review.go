package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/language"
	"willbuy/store"
	"willbuy/views/chart"
)

// Review is a text with what a model says of it.
type Review struct {
	Text   string
	Labels []string  // that were asked for; nil for a sentiment
	Scores []float64 // of Labels; for a sentiment one, from −1 to 1
	Word   string    // what the engine calls a sentiment of this score; "" where nobody said
	About  string    // what else is known of it
}

// Reviews are those that the frame's pane lists, in the order in which its
// cursor chooses among them.
func Reviews(f Frame) []Review {
	if f.Tab != Output {
		return nil
	}
	st := f.State.Step(f.Step.ID)
	switch f.Step.ID {
	case "quality":
		var out []Review
		for _, t := range scoredTables(st) {
			out = append(out, labelled(t, labelsOf(f))...)
		}
		return out
	case "sentiment":
		var out []Review
		for _, t := range feelings(st) {
			out = append(out, felt(t)...)
		}
		return out
	case "dashboard":
		t, _ := tableOf(f, "samples")
		return sampled(t)
	}
	return nil
}

// reviewRows is how many reviews a pane has to choose among.
func reviewRows(f Frame) int { return len(Reviews(f)) }

// labelsOf are the labels that quality asked for, in their order.
func labelsOf(f Frame) []string {
	if labels := f.State.Step("quality").Params["labels"]; labels != "" {
		return strings.Split(labels, ",")
	}
	return f.Lab.Labels
}

// scoredTables are what quality lists: while it runs the latest and the least
// certain so far, once it is done the least certain ones.
func scoredTables(st *pipeline.StepState) []pipeline.Table {
	if done := withRows(st, "uncertain"); len(done) > 0 {
		return done
	}
	return withRows(st, "latest", "unsure")
}

// feelings are what sentiment lists: both ends, or while it runs the latest.
func feelings(st *pipeline.StepState) []pipeline.Table {
	if done := withRows(st, "happiest", "unhappiest"); len(done) > 0 {
		return done
	}
	return withRows(st, "latest")
}

// withRows are those of a step's tables that have rows.
func withRows(st *pipeline.StepState, names ...string) []pipeline.Table {
	var out []pipeline.Table
	for _, name := range names {
		if t, ok := st.Table(name); ok && len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// labelled reads the rows of LABEL, SCORE, SCORES, TEXT, whatever a lab calls
// them.
func labelled(t pipeline.Table, labels []string) []Review {
	var out []Review
	for _, row := range t.Rows {
		if len(row) < 4 {
			continue
		}
		r := Review{Text: fmt.Sprint(row[3]), Labels: labels}
		if encoded, ok := row[2].(string); !ok || json.Unmarshal([]byte(encoded), &r.Scores) != nil || len(r.Scores) != len(labels) {
			r.Scores = nil
		}
		out = append(out, r)
	}
	return out
}

// felt reads rows of a score and a text, in the first and the last column, or
// those of the latest answers, whose score is the second.
func felt(t pipeline.Table) []Review {
	var out []Review
	for _, row := range t.Rows {
		if len(row) < 2 {
			continue
		}
		score, word := row[0], ""
		if t.Name == "latest" {
			score, word = row[1], fmt.Sprint(row[0])
		}
		v, _ := number(score)
		out = append(out, Review{Text: fmt.Sprint(row[len(row)-1]), Scores: []float64{v}, Word: word})
	}
	return out
}

// sampled reads the dashboard's sample reviews.
func sampled(t pipeline.Table) []Review {
	var out []Review
	for _, row := range t.Rows {
		if len(row) < 5 {
			continue
		}
		bought := "did not buy"
		if n, ok := number(row[3]); ok && n > 0 {
			bought = "bought"
		}
		r := Review{Text: fmt.Sprint(row[4]), About: join(" · ", cell(row[2], store.String, 0), bought, shortLabel(fmt.Sprint(row[0])))}
		if v, ok := number(row[1]); ok {
			r.Scores = []float64{v}
		}
		out = append(out, r)
	}
	return out
}

// Draw writes the review in full with all its scores.
func (r Review) Draw(width int, th chart.Theme) []string {
	lines := wrapped(lipgloss.NewStyle(), prose(r.Text), min(width, mostProse))
	lines = append(lines, "")
	lines = append(lines, r.Verdict(width, th)...)
	about := []string{language.Of(r.Text), pipeline.Plural(int64(len([]rune(r.Text))), "character")}
	if r.About != "" {
		about = append([]string{r.About}, about...)
	}
	return append(lines, "", th.Muted.Render(chart.Cut(Visible(strings.Join(about, " · ")), width)))
}

// mostProse is how wide running text is at most: wider lines are hard to follow.
const mostProse = 90

// prose is text that people wrote, with its line breaks.
func prose(text string) string {
	parts := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, part := range parts {
		parts[i] = oneLine(part)
	}
	return strings.Join(parts, "\n")
}

// Verdict draws the scores: a bar a label, the highest marked, or the place of a
// sentiment between its ends. Without scores it is a line that says so.
func (r Review) Verdict(width int, th chart.Theme) []string {
	switch {
	case len(r.Scores) == 0:
		return []string{th.Muted.Render("no scores yet")}
	case r.Labels == nil:
		return []string{feelingLine(r.Scores[0], oneLine(r.Word), width, th)}
	}
	best := slices.Index(r.Scores, slices.Max(r.Scores))
	bars := make([]chart.Bar, len(r.Labels))
	for i, label := range r.Labels {
		name := oneLine(label)
		if width < 96 {
			name = shortLabel(name)
		}
		bars[i] = chart.Bar{Name: name, Value: r.Scores[i], Text: strconv.FormatFloat(r.Scores[i], 'f', 3, 64)}
	}
	return chart.Bars(chart.BarChart{Bars: bars, Max: 1, Chosen: best}, min(width, 100), th)
}

// feelingLine is the place of a score between −1 and 1, with its word.
func feelingLine(score float64, word string, width int, th chart.Theme) string {
	const left, right = "unhappy ", " happy"
	value := "  " + chart.PadLeft(signed(score, 3), 6) + chart.Pad("  "+word, 10)
	room := min(48, width-chart.Width(left+right+value))
	style := th.Up
	if score < 0 {
		style = th.Down
	}
	if room < 9 {
		return style.Render(chart.Cut(strings.TrimSpace(value), width))
	}
	return th.Muted.Render(left) + chart.Slider(0.5, (score+1)/2, room, th) + th.Muted.Render(right) + style.Render(value)
}
