package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/reviews"
	"willbuy/views"
	"willbuy/views/chart"
)

// fixing is the cover in which a record is corrected. What was sent stays as it
// is: the correction goes into a file of its own.
type fixing struct {
	record views.Record
	line   line
	review reviews.Review
	fault  error // what is still wrong with the text
	armed  bool  // esc has warned
	saving bool
}

// openFix begins to correct the record under the cursor.
func (m *model) openFix() tea.Cmd {
	r, ok := m.recordAt()
	if !ok {
		return nil
	}
	x := &fixing{record: r}
	x.begin()
	m.cover = x
	return nil
}

// begin puts the record's own text into the line. What cannot be typed, such as
// line breaks, becomes a blank, and what is no text a �.
func (x *fixing) begin() {
	x.line.set("")
	x.line.insert(x.record.Raw)
	x.judge()
}

func (x *fixing) judge() {
	x.review, x.fault = pipeline.ReadFixed(x.line.text())
	x.armed = false
}

func (x *fixing) changed() bool {
	var own line
	own.insert(x.record.Raw)
	return x.line.text() != own.text()
}

func (x *fixing) mode() mode         { return inFix }
func (x *fixing) scroll(*model, int) {}
func (x *fixing) key(_ *model, msg tea.KeyPressMsg) tea.Cmd {
	x.line.key(msg)
	x.judge()
	return nil
}

func (x *fixing) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	lines := []string{th.Title.Render(chart.Cut("Mend "+x.record.Where(), width)), "",
		th.Bad.Render("! ") + th.Title.Render(chart.Cut(views.Visible(x.record.Reason), width-2))}
	if height >= roomyFix {
		lines = append(lines, fitText(views.Visible(x.record.Raw), width-2, height/4, th)...)
		lines = append(lines, "")
	}
	lines = append(lines, th.Muted.Render(chart.Cut(`corrected: "UUID","text", a quote in the text written twice`, width)))
	top := len(lines)
	typed, at := x.line.wrapped(width-2, max(2, height-top-5))
	for i, text := range typed {
		mark := "  "
		if i == 0 {
			mark = th.Accent.Render("▸ ")
		}
		lines = append(lines, mark+text)
	}
	at.X, at.Y = at.X+2, at.Y+top
	lines = append(lines, "")
	switch {
	case x.fault != nil:
		lines = append(lines, th.Bad.Render("! ")+chart.Cut("still "+views.Visible(x.fault.Error()), width-2))
	default:
		lines = append(lines, th.Good.Render("✓ ")+chart.Cut("reads as a review of "+x.review.UUID+":", width-2),
			"  "+chart.Cut(views.Visible(x.review.Text), width-2),
			th.Muted.Render("  "+chart.Cut("enter puts it on the stage as "+views.Visible(pipeline.FixedFile(x.record.File, x.record.Line, x.record.Raw)), width-2)))
		if strings.ContainsRune(x.line.text(), '�') {
			lines = append(lines, th.Running.Render("! ")+chart.Cut("� stands where bytes were no text", width-2))
		}
	}
	if at.Y >= height {
		return fit(lines, height), nil
	}
	return fit(lines, height), &at
}

// roomyFix is the height from which what came stands above its correction.
const roomyFix = 14

// fitText is text in as many lines as it takes, at most most, indented and dim.
func fitText(text string, width, most int, th *chart.Theme) []string {
	var l line
	l.set(text)
	l.at = 0
	all, _ := l.wrapped(width, 1<<20)
	if len(all) > most {
		all = all[:most]
		all[most-1] = chart.Cut(all[most-1]+" …", width)
	}
	for i := range all {
		all[i] = "  " + th.Muted.Render(all[i])
	}
	return all
}

// fixed tells which file holds the correction, or why there is none.
type fixed struct {
	fixing *fixing
	name   string
	err    error
}

func (m *model) saveFix() tea.Cmd {
	x := m.cover.(*fixing)
	x.saving = true
	ctx, ws, text := m.ctx, m.ws, x.line.text()
	return func() tea.Msg {
		name, err := ws.FixRecord(ctx, x.record.File, x.record.Line, x.record.Raw, text)
		return fixed{x, name, err}
	}
}

func (msg fixed) take(m *model) tea.Cmd {
	msg.fixing.saving = false
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	if m.cover == cover(msg.fixing) {
		m.close()
	}
	if busy(m) != "" {
		m.say("Mended: " + msg.name + " is on the stage. It is read when this run has ended and Parse runs again.")
		return nil
	}
	m.say("Mended: " + msg.name + " is on the stage and is being read.")
	return m.start(pipeline.Request{Steps: []string{"parse"}})
}

func notMended(m *model) string {
	x := m.cover.(*fixing)
	switch {
	case x.saving:
		return "It is being saved; a moment."
	case x.fault != nil:
		return "It does not read as a review yet: " + x.fault.Error() + "."
	}
	return ""
}

// fixKeys are those of correcting a record; all others type.
func fixKeys() []binding {
	return []binding{
		{keys: []string{"enter"}, label: "enter", in: inFix, foot: word("put it on the stage and read it"), why: notMended, act: func(m *model, _ string) tea.Cmd {
			return m.saveFix()
		}},
		{keys: []string{"ctrl+r"}, label: "ctrl+r", in: inFix, foot: word("as it came"), act: func(m *model, _ string) tea.Cmd {
			m.cover.(*fixing).begin()
			return nil
		}},
		{keys: []string{"esc", "alt+esc"}, label: "esc", in: inFix, foot: word("leave it as it was"), act: func(m *model, _ string) tea.Cmd {
			if x := m.cover.(*fixing); x.changed() && !x.armed {
				x.armed = true
				m.say("Esc again throws away what you typed; enter keeps it.")
				return nil
			}
			m.close()
			return nil
		}},
	}
}
