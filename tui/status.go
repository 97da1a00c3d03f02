package tui

import (
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// labTitle is the question that the lab answers.
const labTitle = "Will they buy?"

// statusLine is the first line: the lab and where it lives at the left, the
// run at the right. What does not fit goes, the least needed first.
func (m *model) statusLine() string {
	th := m.scheme.theme()
	run, style := m.runText(), th.Muted
	if m.run != nil || m.journal.underWay() != nil {
		style = th.Running
	}
	name := "lab: " + views.Visible(filepath.Base(absolute(m.ws.Dir)))
	workers := pipeline.Plural(m.workers(), "worker")
	places := []string{join(" · ", name, m.store, workers, m.usage.text()), join(" · ", name, m.store, workers), join(" · ", name, m.store), name, ""}
	switch {
	case m.presenter.on: // less to look at
		places = []string{""}
	case m.replay != nil:
		places = []string{"replay of " + m.replay.name, ""}
	}
	for _, lab := range []string{labTitle, ""} {
		for _, place := range places {
			free := m.width - 2 - ansi.StringWidth(join("   ", "willbuy", lab, place)) - ansi.StringWidth(run)
			if free < 3 {
				continue
			}
			left := join("   ", th.Accent.Render("willbuy"), render(th.Title, lab), render(th.Muted, place))
			return " " + left + strings.Repeat(" ", free) + style.Render(run)
		}
	}
	return " " + th.Accent.Render("willbuy")
}

// runText says what runs, or what the last run came to.
func (m *model) runText() string {
	runs := m.journal.shown.Runs
	switch {
	case !m.loaded:
		return "reading"
	case m.run != nil && !m.run.begun && m.run.waits != "":
		return "waits for " + views.Visible(m.run.waits)
	case m.run != nil && !m.run.begun && m.journal.underWay() != nil:
		return "waits for another process"
	case m.run != nil && m.run.graph && m.journal.underWay() == nil:
		return "▶ daily graph"
	case m.run != nil && !m.run.begun:
		return "▶ starting"
	case len(runs) == 0:
		return "no run yet"
	}
	last := runs[len(runs)-1]
	name := fmt.Sprintf("run %d", len(runs))
	if m.journal.underWay() == nil {
		status := string(pipeline.Interrupted)
		if last.End != nil {
			status = last.End.Status
		}
		return join("  ", name, status, clock(last.Last.Sub(last.Started)))
	}
	if m.run != nil && m.run.stopping {
		name += " stopping"
	} else if m.run == nil && m.replay == nil {
		name += " of another process"
	}
	return join("  ", "▶ "+name, m.progressText(), clock(m.now().Sub(last.Started)))
}

// progressText is how far the step that runs is.
func (m *model) progressText() string {
	step := m.journal.running()
	if step == nil {
		return ""
	}
	p := m.journal.shown.Step(step.ID).Progress
	text := strings.TrimSpace(step.Title + " " + percentOf(p))
	if p.ETA > 0 {
		text += "  ETA " + strings.TrimPrefix(clock(time.Duration(math.Ceil(p.ETA)*float64(time.Second))), "0") // as in the pane: 0:18
	}
	return text
}

// percentOf is a share in whole percent, "" while the total is not known.
func percentOf(p pipeline.Progress) string {
	if p.Total <= 0 {
		return ""
	}
	return fmt.Sprintf("%d%%", 100*p.Done/p.Total)
}

// workers is how many workers the parameters ask for.
func (m *model) workers() int64 {
	if n := m.values["cluster"].Int("workers"); n > 0 {
		return int64(n)
	}
	return int64(runtime.NumCPU())
}

// windowTitle names the lab, and the step that runs, in the terminal's title.
func (m *model) windowTitle() string {
	name := views.Visible(filepath.Base(absolute(m.ws.Dir)))
	if step := m.journal.running(); step != nil {
		return "▶ " + strings.TrimSpace(step.Title+" "+percentOf(m.journal.shown.Step(step.ID).Progress)) + " · " + name
	}
	return "willbuy · " + name
}

// message is a question, the note or the offer: what the rule above the footer
// says, or the lines below it where the rule is too short.
func (m *model) message() (text string, style lipgloss.Style) {
	th := m.scheme.theme()
	text, style = m.note.text, th.Title
	switch {
	case m.modal == inAsk:
		text = "A run is under way. Cancel it and quit? What is done is kept."
	case m.modal == inTyping && m.note.text == "":
		text = m.typing() + m.asking.input.marked()
	case m.modal == inJump:
		text = m.jumping()
	case m.note.bad:
		text, style = "! "+text, th.Bad
	case text == "":
		text, style = m.offer(), th.Running
	}
	return views.Visible(text), style
}

// messageLines is the message as it is drawn: in the rule if it fits there, or
// in lines of its own, no more than most, of which the last shows what is cut.
func (m *model) messageLines(most int) (inRule string, below []string) {
	text, style := m.message()
	if text == "" {
		return "", nil
	}
	if room := m.width - 4; most < 1 || ansi.StringWidth(text) <= room {
		return style.Render(chart.Cut(text, room)), nil
	}
	below = strings.Split(ansi.Wrap(text, m.width-2, " "), "\n")
	if len(below) > most {
		below = below[:most]
		below[most-1] = chart.Cut(below[most-1]+" …", m.width-2)
	}
	for i, line := range below {
		below[i] = " " + style.Render(line)
	}
	return "", below
}

// rule is a thin line across, with a mark where upright ones meet it, and words
// in it if there are any.
func (m *model) rule(l layout, meet rune, words string) string {
	th := m.scheme.theme()
	line := []rune(strings.Repeat("─", m.width))
	if l.rail > 0 {
		line[l.rail] = meet
	}
	if l.split == beside && m.cover == nil {
		line[l.split.part(l.right, 1).x-2] = meet
	}
	if words == "" {
		return th.Grid.Render(string(line))
	}
	end := min(m.width, 3+ansi.StringWidth(words))
	return th.Grid.Render("─") + " " + words + " " + th.Grid.Render(string(line[end:]))
}

// tooSmall is what a terminal gets that nothing fits on.
func tooSmall(width, height int) string {
	text := fmt.Sprintf("The workbench needs %d×%d, this is %d×%d. Make the window larger.", leastWidth, leastHeight, width, height)
	lines := strings.Split(ansi.Wrap(text, max(1, width), " "), "\n")
	return strings.Join(lines[:min(len(lines), max(1, height))], "\n")
}

// stillReading stands in the pane until the logs are read.
func stillReading(th *chart.Theme, height int) string {
	return th.Muted.Render("Reading what is recorded …") + strings.Repeat("\n", height-1)
}

// clock writes a time as 01:12, or 1:02:03.
func clock(d time.Duration) string {
	s := int(max(0, d).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// render styles a text, and leaves none as it is.
func render(style lipgloss.Style, text string) string {
	if text == "" {
		return ""
	}
	return style.Render(text)
}

// join puts the texts that are there together.
func join(between string, texts ...string) string {
	var there []string
	for _, t := range texts {
		if t != "" {
			there = append(there, t)
		}
	}
	return strings.Join(there, between)
}
