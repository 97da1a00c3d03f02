package tui

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
	"willbuy/views/chart"
)

// scratch is the cover in which one asks the lab's tables in SQL: a statement,
// and below it the answer as a grid, or the statements that are kept.
type scratch struct {
	area  area
	book  pipeline.ScratchBook
	at    int    // of the history that is shown; its length: none
	draft string // what was typed before the history was shown

	choices []string // words that could stand at the cursor
	from    int      // byte of the text that they begin at
	chosen  int      // of choices; -1 for none yet

	grid    *grid  // the answer; nil before the first
	ran     string // the statement that it answers
	fault   error  // why there is no answer
	looking bool   // the answer has the keys
	hasty   bool   // the statement runs as soon as it is known what is kept

	listing bool // the kept statements have the keys
	kept    int  // the chosen one of them
	dropped *pipeline.Scratch

	room int // lines of the answer
}

// openScratch asks what is kept and which tables there are, and meanwhile lets
// one type.
func (m *model) openScratch() tea.Cmd {
	s := &scratch{chosen: -1}
	s.area.set("")
	m.cover = s
	ws := m.ws
	return tea.Batch(func() tea.Msg {
		book, err := ws.ScratchBook()
		return bookRead{s, book, err}
	}, m.readCatalog())
}

// browseTable has the prompt show all of a table.
func (m *model) browseTable(name string) tea.Cmd {
	opened := m.openScratch()
	s := m.cover.(*scratch)
	s.put("SELECT * FROM " + pipeline.Ident(name))
	s.hasty = true
	return opened
}

// readCatalog asks which tables and columns there are.
func (m *model) readCatalog() tea.Cmd {
	ctx, ws := m.ctx, m.ws
	return func() tea.Msg {
		catalog, err := ws.Catalog(ctx)
		return catalogRead{catalog, err}
	}
}

// bookRead is what is kept with the workspace.
type bookRead struct {
	into *scratch
	book pipeline.ScratchBook
	err  error
}

func (msg bookRead) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
		return nil
	}
	msg.into.book, msg.into.at = msg.book, len(msg.book.History)
	m.pin(msg.book.Kept)
	if msg.into.hasty {
		return msg.into.run(m, msg.into.area.text())
	}
	return nil
}

// catalogRead is which tables and columns there are. Without them one types
// without help.
type catalogRead struct {
	catalog pipeline.Catalog
	err     error
}

func (msg catalogRead) take(m *model) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	m.catalog = &msg.catalog
	if p, ok := m.cover.(*palette); ok { // it has more to find now
		p.all = m.items()
		if p.at == 0 { // nobody has chosen yet
			p.find()
		}
	}
	return nil
}

func (s *scratch) mode() mode {
	switch {
	case s.listing:
		return inKept
	case s.looking:
		return onAnswer
	}
	return inScratch
}

// run asks the lab.
func (s *scratch) run(m *model, text string) tea.Cmd {
	text = strings.TrimSpace(text)
	old := s.grid
	s.ran, s.fault, s.choices = text, nil, nil
	s.grid = &grid{title: "the answer", listing: m.ws.Browse(store.Source{Query: text}), heading: 1}
	s.grid.failed = func(err error) { s.fault = err }
	s.book.Ran(text)
	s.at = len(s.book.History)
	return tea.Batch(closed(old), s.save(m))
}

// closed lets go of an answer that is no longer looked at.
func closed(g *grid) tea.Cmd {
	if g == nil {
		return nil
	}
	if g.stop != nil {
		g.stop()
	}
	g.replies++ // what is on its way is of no use
	listing := g.listing
	return func() tea.Msg {
		listing.Close()
		return nil
	}
}

// bookSaved tells that the statements are on disk, or why they are not.
type bookSaved struct{ err error }

func (msg bookSaved) take(m *model) tea.Cmd {
	if msg.err != nil {
		m.warn(sentence(msg.err))
	}
	return nil
}

func (s *scratch) save(m *model) tea.Cmd {
	m.pin(s.book.Kept)
	ws := m.ws
	book := pipeline.ScratchBook{Kept: slices.Clone(s.book.Kept), History: slices.Clone(s.book.History)}
	return func() tea.Msg { return bookSaved{ws.SaveScratchBook(book)} }
}

// answered tells whether the answer is there.
func (s *scratch) answered() bool { return s.grid != nil && s.grid.known }

// runs tells whether a statement is under way.
func (s *scratch) runs() bool { return s.grid != nil && s.grid.stop != nil }

// recall shows the statement before or after in the history.
func (s *scratch) recall(by int) {
	if s.at == len(s.book.History) {
		s.draft = s.area.text()
	}
	s.at = clamp(s.at+by, 0, len(s.book.History))
	text := s.draft
	if s.at < len(s.book.History) {
		text = s.book.History[s.at]
	}
	s.put(text)
}

// put has a text be the statement, the cursor at its end.
func (s *scratch) put(text string) {
	s.area.set(text)
	s.area.row = len(s.area.lines) - 1
	s.area.line().at = len(s.area.line().runes)
	s.choices = nil
}

// offer finds what could stand at the cursor.
func (s *scratch) offer(m *model) {
	s.choices, s.chosen = nil, -1
	if m.catalog == nil {
		return
	}
	at := 0
	for _, l := range s.area.lines[:s.area.row] {
		at += len(l.text()) + 1
	}
	l := s.area.line()
	here := at + len(string(l.runes[:l.at]))
	from, choices := m.catalog.Complete(s.area.text(), here)
	if from >= at { // a word does not go over lines
		s.from, s.choices = from-at, choices
	}
}

// complete puts the choice after or before in.
func (s *scratch) complete(by int) {
	n := len(s.choices)
	if s.chosen = (s.chosen + by + n) % n; by < 0 && s.chosen == n-2 {
		s.chosen = n - 1
	}
	s.area.line().replace(s.from, s.choices[s.chosen])
}

func (s *scratch) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	if !s.looking && !s.listing && s.area.key(msg) {
		s.offer(m)
	}
	return nil
}

func (s *scratch) scroll(m *model, by int) {
	if s.grid != nil {
		s.grid.move(by)
	}
}

// click chooses a row of the answer, which has the keys then, or goes back to the
// statement.
func (s *scratch) click(m *model, _, y int) tea.Cmd {
	right := m.layout().right
	y -= right.height - s.room
	s.looking = s.answered() && y >= 0
	if !s.looking {
		return nil
	}
	drawn := s.grid.drawn(m, true).Draw(right.width, s.room, *m.scheme.theme())
	if row := int(drawn.First) + y - drawn.Line; y >= drawn.Line && row < int(s.grid.found.Rows) {
		s.grid.move(row - s.grid.cursor)
	}
	return nil
}

// The parts of the cover: a title, the statement, a line of help, a rule, and
// the answer.
const (
	mostLines     = 8 // of the statement in sight
	scratchChrome = 3
)

func (s *scratch) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	typed := clamp(len(s.area.lines), 1, max(1, min(mostLines, height-scratchChrome-4)))
	lines := []string{headed(th, "SQL on this lab", "reads only; nothing can be changed here", width)}
	text, at := s.area.draw(width, typed, s.faultLine(), th)
	lines = append(lines, text...)
	at.Y++
	if s.looking || s.listing || m.modal != 0 {
		at = nil
	}
	lines = append(lines, s.aid(m, width, th)...)
	s.room = max(0, height-len(lines)-1)
	below, count := s.below(m, width, th)
	rule := max(0, width-chart.Width(count)-1)
	lines = append(lines, th.Grid.Render(strings.Repeat("─", rule))+" "+th.Muted.Render(chart.Cut(count, width)))
	return fit(append(lines, below...), height), at
}

// aid is what helps with the statement: what is wrong with it, or words that
// could stand at the cursor.
func (s *scratch) aid(m *model, width int, th *chart.Theme) []string {
	ask := views.Ask{Choices: s.choices, Chosen: s.chosen, Help: "alt+enter begins a line, tab completes, ↑ is the statement before"}
	if s.fault != nil {
		ask.Fault = s.fault.Error()
	}
	if p := m.prompt; p != nil && p.grid == nil {
		return p.drawn().Draw(width, *th)
	}
	return ask.Below(width, *th)
}

// faultLine is the line of the statement that is wrong, from 1; 0 where nobody
// says which.
func (s *scratch) faultLine() int {
	var fault store.Fault
	if errors.As(s.fault, &fault) && s.ran == strings.TrimSpace(s.area.text()) {
		return fault.Line
	}
	return 0
}

// below is the answer, or before there is one what is kept and what there is to
// ask.
func (s *scratch) below(m *model, width int, th *chart.Theme) (lines []string, count string) {
	switch {
	case s.listing || s.grid == nil && len(s.book.Kept) > 0:
		return s.keptLines(width, th), pipeline.Plural(int64(len(s.book.Kept)), "statement") + " kept"
	case s.fault != nil:
		return nil, ""
	case s.grid == nil:
		return s.tables(m, width, th), "tables"
	}
	drawn := s.grid.drawn(m, s.looking).Draw(width, s.room, *th)
	return drawn.Lines, drawn.Count
}

// keptLines lists the statements that are kept.
func (s *scratch) keptLines(width int, th *chart.Theme) []string {
	if len(s.book.Kept) == 0 {
		return []string{"", th.Muted.Render("Nothing is kept yet: "), th.Accent.Render("ctrl+s") + " keeps the statement above under a name."}
	}
	top := clamp(s.kept-s.room/2, 0, max(0, len(s.book.Kept)-s.room))
	name := 0
	for _, k := range s.book.Kept {
		name = max(name, min(30, chart.Width(views.Visible(k.Name))))
	}
	var lines []string
	for i, k := range s.book.Kept[top:min(len(s.book.Kept), top+max(0, s.room))] {
		text := strings.Join(strings.Fields(k.SQL), " ")
		step := th.Muted.Render(chart.Pad(views.Visible(k.Step), 10))
		line := chart.Pad(views.Visible(k.Name), name) + "  " + step + "  "
		if rest := width - name - 16; rest > 8 {
			line += th.Muted.Render(chart.Cut(views.Visible(text), rest))
		}
		if s.listing && top+i == s.kept {
			line = th.Accent.Render("▸ ") + line
		} else {
			line = "  " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// tables lists what there is to ask.
func (s *scratch) tables(m *model, width int, th *chart.Theme) []string {
	if m.catalog == nil {
		return []string{th.Muted.Render("reading which tables there are …")}
	}
	name := 0
	for _, t := range m.catalog.Tables {
		name = max(name, min(30, chart.Width(views.Visible(t.Name))))
	}
	var lines []string
	for _, t := range m.catalog.Tables {
		var columns []string
		for _, c := range t.Columns {
			columns = append(columns, views.Visible(c.Name))
		}
		lines = append(lines, "  "+chart.Pad(views.Visible(t.Name), name)+"  "+th.Muted.Render(chart.Cut(strings.Join(columns, " "), max(1, width-name-4))))
	}
	return lines
}
