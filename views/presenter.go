package views

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// Stage is how a pane is drawn before an audience: without its tabs, and with
// blank lines between rows where there is room for them.
type Stage struct {
	Spotlight bool // only the chosen row is bright, and in a grid its cell under the cursor brightest
}

// spread puts a blank line after each row of a list, if all of it fits still.
func (s *sheet) spread() {
	rows := s.list.lines
	if n := len(rows); n < 2 || rows[1] != rows[0]+1 || len(s.lines)+n > Room(s.f) {
		return
	}
	var lines []string
	at := make([]int, len(s.lines)) // where each line is now
	for i, line := range s.lines {
		at[i] = len(lines)
		lines = append(lines, line)
		if slices.Contains(rows, i) {
			lines = append(lines, "")
		}
	}
	s.lines = lines
	for i, row := range rows {
		s.list.lines[i] = at[row]
	}
	if s.chosen >= 0 {
		s.chosen = at[s.chosen]
	}
}

// spotlight makes all lines of the sheet but the chosen one faint. Where there
// is none to choose, all of it stays bright.
func (s *sheet) spotlight() {
	if s.chosen < 0 {
		return
	}
	lines := make([]string, len(s.lines)) // those of the sheet may be kept elsewhere
	for i, line := range s.lines {
		switch text := ansi.Strip(line); {
		case i == s.chosen && s.f.Grid != nil: // in its row the cell under the cursor stands out
			lines[i] = line
		case i == s.chosen:
			lines[i] = s.th.Title.Render(text)
		default:
			lines[i] = Dimmed(s.th, text)
		}
	}
	s.lines = lines
}

// Dimmed is a line that shall not be looked at now.
func Dimmed(th chart.Theme, line string) string {
	return th.Muted.Faint(true).Render(ansi.Strip(line))
}

// Notes are what a presenter means to say, and in what time, by step.
type Notes struct {
	general []string
	steps   map[string]note
}

// note is what is said at a step.
type note struct {
	lines []string
	plan  time.Duration // 0: none
}

// planned is how a heading ends that gives a step its time: (4 min), (90 s).
var planned = regexp.MustCompile(`\((\d+(?:\.\d+)?) ?(min|s)\)\s*$`)

// ReadNotes reads markdown whose headings are titles or numbers of steps, such
// as "# Setup" or "## 5 Quality (4 min)". What stands before the first of them,
// or below another heading, belongs to no step.
func ReadNotes(text string) Notes {
	n := Notes{steps: map[string]note{}}
	id, current := "", note{}
	keep := func() {
		current.lines = trimBlank(current.lines)
		if id == "" {
			n.general = append(n.general, current.lines...)
		} else {
			n.steps[id] = current
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n \t")
		heading := strings.TrimLeft(line, "#")
		if heading == line {
			current.lines = append(current.lines, Visible(strings.NewReplacer("**", "", "`", "", "\t", "  ").Replace(line)))
			continue
		}
		keep()
		current = note{}
		if m := planned.FindStringSubmatch(heading); m != nil {
			amount, _ := strconv.ParseFloat(m[1], 64)
			unit := map[string]time.Duration{"min": time.Minute, "s": time.Second}[m[2]]
			current.plan = time.Duration(amount * float64(unit))
			heading = strings.TrimSuffix(strings.TrimSpace(heading), m[0])
		}
		id = stepOf(heading)
	}
	keep()
	return n
}

// stepOf is the step that a heading names, by number, title or id; "" for none.
func stepOf(heading string) string {
	for word := range strings.FieldsSeq(heading) {
		if step, err := pipeline.FindStep(strings.Trim(word, ".:")); err == nil {
			return step.ID
		}
	}
	return ""
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Whole is the time planned for all steps.
func (n Notes) Whole() time.Duration {
	sum := time.Duration(0)
	for _, step := range n.steps {
		sum += step.plan
	}
	return sum
}

// Watch is how long a presenter has been at a step, and at it all.
type Watch struct{ Step, Whole time.Duration }

// NotesStrip draws what is to be said at a step, with the time that it has
// taken against the plan, in at most height lines; what is cut is seen.
func NotesStrip(n Notes, step *pipeline.Step, w Watch, width, height int, th chart.Theme) []string {
	at := n.steps[step.ID]
	head := th.Title.Render("Notes") + "  " + against(step.Title, w.Step, at.plan, th)
	whole := against("whole", w.Whole, n.Whole(), th)
	if free := width - chart.Width(head) - chart.Width(whole); free >= 2 {
		head += strings.Repeat(" ", free) + whole
	}
	lines := []string{chart.Cut(head, width)}
	text := at.lines
	if len(text) == 0 {
		text = n.general
	}
	if len(text) == 0 {
		text = []string{"No notes on this step."}
	}
	for _, line := range text {
		if line == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, wrapped(th.Good.UnsetForeground(), line, width)...)
	}
	if len(lines) > height {
		lines = lines[:height]
		lines[height-1] = chart.Cut(ansi.Strip(lines[height-1])+" …", width)
	}
	return lines
}

// against writes a time and what was planned for it.
func against(name string, spent, plan time.Duration, th chart.Theme) string {
	text := name + " " + minutes(spent)
	switch {
	case plan == 0:
		return th.Muted.Render(text)
	case spent > plan:
		return th.Bad.Render(fmt.Sprintf("%s of %s, over by %s", text, minutes(plan), minutes(spent-plan)))
	}
	return th.Muted.Render(text + " of " + minutes(plan))
}

// minutes writes a time as 1:05.
func minutes(d time.Duration) string { return clock(d.Truncate(time.Second).Seconds()) }
