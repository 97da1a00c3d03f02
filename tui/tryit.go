package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views"
	"willbuy/views/chart"
)

// tryAfter is how long nobody must have typed before a text is scored.
const tryAfter = 150 * time.Millisecond

// tryit is the cover in which somebody types a review and sees its scores. The
// model is loaded while it is open, and let go when it is left.
type tryit struct {
	step   *pipeline.Step
	line   line
	model  *pipeline.Tryout // nil until it is loaded
	ctx    context.Context
	leave  context.CancelFunc
	err    error
	edits  int             // counts changes of the text
	busy   bool            // a text is being scored
	answer *pipeline.Tried // to the newest text that was scored
}

type (
	// tryOpened is the model, or why there is none.
	tryOpened struct {
		try   *tryit
		model *pipeline.Tryout
		err   error
	}
	// tryRest is when somebody may have stopped typing.
	tryRest struct {
		try   *tryit
		edits int
	}
	// tryScored is what a text was found to be.
	tryScored struct {
		try   *tryit
		tried pipeline.Tried
		err   error
	}
)

// openTry loads the model of the step.
func (m *model) openTry() tea.Cmd {
	t := &tryit{step: m.step}
	t.ctx, t.leave = context.WithCancel(m.ctx)
	m.cover = t
	ws := m.ws
	return func() tea.Msg {
		model, err := ws.OpenTryout(t.step)
		return tryOpened{t, model, err}
	}
}

func (msg tryOpened) take(m *model) tea.Cmd {
	t := msg.try
	t.model, t.err = msg.model, msg.err
	if t.ctx.Err() != nil {
		return t.free()
	}
	return t.score()
}

// free lets the model go, once nothing is asked of it any more.
func (t *tryit) free() tea.Cmd {
	model := t.model
	if model == nil || t.busy {
		return nil
	}
	t.model = nil
	return func() tea.Msg {
		model.Close()
		return nil
	}
}

// score asks about the text as it stands, unless another is being asked about.
func (t *tryit) score() tea.Cmd {
	text := strings.TrimSpace(t.line.text())
	if t.model == nil || t.busy || text == "" || t.answer != nil && t.answer.Text == text {
		return nil
	}
	t.busy = true
	model, ctx := t.model, t.ctx
	return func() tea.Msg {
		tried, err := model.Score(ctx, text)
		return tryScored{t, tried, err}
	}
}

func (msg tryRest) take(*model) tea.Cmd {
	if msg.edits != msg.try.edits || msg.try.ctx.Err() != nil {
		return nil
	}
	return msg.try.score()
}

func (msg tryScored) take(*model) tea.Cmd {
	t := msg.try
	t.busy = false
	if t.ctx.Err() != nil {
		return t.free()
	}
	t.err = msg.err
	if msg.err != nil {
		return nil
	}
	t.answer = &msg.tried
	return t.score() // what was typed meanwhile
}

func (t *tryit) mode() mode { return inTry }

func (t *tryit) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	was := t.line.text()
	t.line.key(msg)
	if t.line.text() == was {
		return nil
	}
	t.edits++
	return m.later(tryAfter, tryRest{t, t.edits})
}

func (t *tryit) scroll(*model, int) {}

func (t *tryit) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	state := ""
	switch {
	case t.err != nil:
	case t.model == nil:
		state = "loading the model …"
	case t.busy:
		state = "reading …"
	case t.answer != nil:
		state = fmt.Sprintf("%d ms · %s", t.answer.Took.Milliseconds(), t.answer.Language)
	}
	title := "Try it: type a review as a customer would"
	head := chart.Pad(th.Title.Render(chart.Cut(title, width)), max(0, width-chart.Width(state))) + th.Muted.Render(state)
	lines := []string{chart.Cut(head, width), ""}
	typed, at := t.line.wrapped(min(width, mostTyped)-2, max(1, height/2))
	for i, text := range typed {
		mark := "  "
		if i == 0 {
			mark = th.Accent.Render("▸ ")
		}
		if t.line.text() == "" {
			text = th.Muted.Render(chart.Cut("Two winters in, the left zip gave up, but they sent a new one within a week.", width-2))
		}
		lines = append(lines, mark+text)
	}
	at.X, at.Y = at.X+2, at.Y+2
	lines = append(lines, "")
	switch {
	case t.err != nil && !errors.Is(t.err, context.Canceled):
		for i, text := range strings.Split(ansi.Wrap(views.Visible(sentence(t.err)), max(1, width-2), " "), "\n") {
			mark := "  "
			if i == 0 {
				mark = th.Bad.Render("! ")
			}
			lines = append(lines, mark+text)
		}
	case t.answer != nil:
		r := views.Review{Text: t.answer.Text, Labels: t.answer.Labels, Scores: t.answer.Scores, Word: t.answer.Word}
		lines = append(lines, r.Verdict(width, *th)...)
	default:
		lines = append(lines, th.Muted.Render(chart.Cut("Its scores stand here as soon as you pause.", width)))
	}
	return fit(lines, height), &at
}

// mostTyped is how wide a text is that is typed, at most.
const mostTyped = 92

// tryKeys are those of the line to try a text in; all others type.
func tryKeys() []binding {
	return []binding{
		{keys: []string{"t"}, label: "t", in: browsing, when: onTryable, group: "Run", foot: word("try your own text"),
			help: "On Quality and Sentiment: type a review and see its scores at once.", act: func(m *model, _ string) tea.Cmd {
				return m.openTry()
			}},
		{keys: []string{"ctrl+u"}, label: "ctrl+u", in: inTry, foot: word("clear"), act: func(m *model, _ string) tea.Cmd {
			t := m.cover.(*tryit)
			t.line.set("")
			t.answer = nil
			t.edits++
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inTry, foot: word("back"), act: func(m *model, _ string) tea.Cmd {
			t := m.cover.(*tryit)
			t.leave()
			m.close()
			return t.free()
		}},
	}
}

func onTryable(m *model) bool { return m.tab == views.Output && pipeline.CanTry(m.step) }
