package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views"
)

// grid is rows that somebody browses: of a step's table, of a question about it,
// or of a statement typed at the SQL prompt. It is asked for whatever is on the
// screen; what is not there yet shows as "…", and nothing waits for it.
type grid struct {
	title   string // what the rows are, for covers and messages
	of      source // of which attempt they are
	preview [][]any
	listing *pipeline.Listing
	known   bool // the listing has answered

	is, wish pipeline.Arrangement // as the rows are, and as they shall be
	found    pipeline.Listed
	stop     func() // what arranges them now; nil when nothing does
	refused  error  // the rows could not be had at all
	fault    string // why some of them are missing, for the screen
	replies  int    // counts arrangements, so that late pages are known

	pages   pages
	columns []store.Column
	sizes   []views.ColumnSize
	shown   []views.GridColumn
	pinned  int
	cursor  int
	column  int         // of shown
	heading int         // the direction of the last movement
	asked   int         // counts what was asked of the listing
	failed  func(error) // is told that there are no rows; nil: the message line is
}

// source is where rows come from: a table as one attempt of a step made it.
// When the step has run again, what was read before is worth nothing.
type source struct{ table, fingerprint, run string }

func (m *model) source(table string) source {
	st := m.state()
	return source{table, st.Fingerprint, st.Run}
}

const (
	// fetchLimit is how long a question to the store may take; a run of another
	// process may have it for longer than a reader wants to wait.
	fetchLimit = 10 * time.Second
	// arrangeLimit is how long sorting or filtering may take.
	arrangeLimit = 5 * time.Minute
	// measuredRows is how many rows of a page say how wide the columns are.
	measuredRows = 100
	// restTime is after how long without a question the store is let go of.
	restTime = time.Minute
	// sortedRows is up to how many rows a table comes sorted by its id, as in the
	// event. Of more, that would take seconds: they come as they are stored.
	sortedRows = 200_000
)

// grid is the one that is on the screen: of what lies over the pane, or of the
// pane; nil where there is none.
func (m *model) grid() *grid {
	switch c := m.cover.(type) {
	case *scratch:
		return c.grid
	case *rowInFull:
		return c.grid
	case *onColumn:
		return c.grid
	case *copyRows:
		return c.grid
	}
	return m.paneGrid()
}

// paneGrid is the one that the pane shows; nil where it shows none or nobody may
// ask, as in a replay.
func (m *model) paneGrid() *grid {
	if m.replay != nil {
		return nil
	}
	f := views.Frame{State: m.journal.shown, Step: m.step, Tab: m.tab, View: m.views[m.step.ID] + 1, Pinned: m.pinned}
	name, ok := views.Grid(f)
	if !ok {
		return nil
	}
	at, asked := m.looksAt(), m.lab.SourceOf(name)
	of := m.source(name)
	if k, pinned := views.PinnedView(f); pinned {
		asked = store.Source{Query: k.SQL}
		of.table += "\n" + k.SQL // another statement may be pinned under the name
	}
	if m.grids == nil {
		m.grids = map[view]*grid{}
	}
	g := m.grids[at]
	if g == nil {
		g = &grid{heading: 1}
		m.grids[at] = g
	}
	if g.of != of {
		g.begin(m, name, asked, of)
	}
	return g
}

// begin starts with the rows of an attempt. How somebody looked at those of an
// attempt before stays, where the columns are the same.
func (g *grid) begin(m *model, name string, asked store.Source, of source) {
	if g.stop != nil {
		g.stop()
	}
	if g.listing != nil {
		go g.listing.Close() // nobody waits for it
	}
	result, wish := m.state().Result, g.wish
	*g = grid{title: name, of: of, listing: m.ws.Browse(asked), heading: 1, replies: g.replies + 1,
		columns: g.columns, sizes: g.sizes, shown: g.shown, pinned: g.pinned, column: g.column, cursor: g.cursor}
	if asked.Table == "" {
		g.wish = wish
		return
	}
	g.preview = result.Preview
	g.found = pipeline.Listed{Columns: result.Schema, Total: result.Rows, Rows: result.Rows}
	g.cursor = clamp(g.cursor, 0, max(0, int(result.Rows)-1))
	if slices.Equal(g.columns, result.Schema) {
		g.wish = wish
		return
	}
	g.setColumns(result.Schema, result.Preview)
	if result.Rows <= sortedRows && slices.ContainsFunc(result.Schema, func(c store.Column) bool { return c.Name == m.lab.ID }) {
		g.wish.OrderBy = m.lab.ID
	}
	g.is = g.wish // the preview is ordered so
}

// setColumns shows columns, as wide as some of their rows want.
func (g *grid) setColumns(columns []store.Column, some [][]any) {
	g.columns, g.sizes = columns, views.MeasureColumns(columns, some)
	g.allColumns()
}

// allColumns shows every column in its place and its own width.
func (g *grid) allColumns() {
	g.shown, g.pinned = views.AllColumns(len(g.columns)), 0
	g.column = clamp(g.column, 0, max(0, len(g.shown)-1))
}

// row is a row, or nil while it is on its way.
func (g *grid) row(i int64) []any {
	if row := g.pages.row(i); row != nil {
		return row
	}
	if !g.known && i < int64(len(g.preview)) && len(g.is.Filters) == 0 {
		return g.preview[i]
	}
	return nil
}

// under is the column and the value under the cursor; false while it is on its
// way.
func (g *grid) under() (c store.Column, value any, ok bool) {
	if len(g.shown) == 0 {
		return c, nil, false
	}
	index := g.shown[g.column].Index
	row := g.row(int64(g.cursor))
	if index >= len(row) {
		return g.columns[index], nil, false
	}
	return g.columns[index], row[index], true
}

// move goes up or down by rows.
func (g *grid) move(by int) {
	was := g.cursor
	g.cursor = clamp(g.cursor+by, 0, max(0, int(g.found.Rows)-1))
	if g.cursor != was {
		g.heading = 1
		if by < 0 {
			g.heading = -1
		}
	}
}

// drawn is the grid as a pane draws it.
func (g *grid) drawn(m *model, active bool) *views.DataGrid {
	if g.columns == nil && g.refused == nil {
		return &views.DataGrid{Doing: "reading " + g.title + " …", Row: g.row}
	}
	d := &views.DataGrid{Columns: g.columns, Sizes: g.sizes, Row: g.row, Total: g.found.Total, Rows: g.found.Rows, Cut: g.found.Cut,
		Shown: g.shown, Pinned: g.pinned, Column: g.column, Cursor: int64(g.cursor), Active: active,
		OrderBy: g.is.OrderBy, Descending: g.is.Descending, Fault: g.fault}
	for _, f := range g.is.Filters {
		d.Filters = append(d.Filters, f.String())
	}
	if g.stop != nil {
		d.Doing = g.doing()
	}
	if p := m.prompt; p != nil && p.grid == g {
		d.Ask = p.drawn()
	}
	return d
}

// doing says what the grid is busy with.
func (g *grid) doing() string {
	switch {
	case len(g.wish.Filters) > len(g.is.Filters):
		return fmt.Sprintf("filtering %s rows by %s …", pipeline.Thousands(g.found.Total), g.wish.Filters[len(g.wish.Filters)-1])
	case g.wish.OrderBy != "" && (g.wish.OrderBy != g.is.OrderBy || g.wish.Descending != g.is.Descending):
		return fmt.Sprintf("sorting %s rows by %s …", pipeline.Thousands(g.found.Rows), g.wish.OrderBy)
	case g.known:
		return "arranging the rows …"
	}
	return "reading " + g.title + " …"
}

// busy tells whether something of it takes so long that it is worth saying.
func (g *grid) busy() bool { return g.stop != nil && g.known }

// fetch asks for what the grid on the screen lacks, and lets go of those that
// are no longer there.
func (m *model) fetch() tea.Cmd {
	g := m.grid()
	var cmds []tea.Cmd
	for _, other := range m.grids {
		if other != g {
			cmds = append(cmds, other.rest())
		}
	}
	if g != nil && m.width > 0 {
		cmds = append(cmds, g.next(m, m.layout().pane.height, m.focus == onPane))
	}
	return tea.Batch(cmds...)
}

// next is the next thing to ask the listing: the rows as they shall be, then
// those on the screen, then those that come next in the direction of movement.
func (g *grid) next(m *model, height int, active bool) tea.Cmd {
	first := max(0, int64(g.cursor-height))
	last := min(g.found.Rows, int64(g.cursor+height))
	switch {
	case g.stop != nil || g.refused != nil:
		return nil
	case !g.known && !active && g.preview != nil && last <= int64(len(g.preview)):
		return nil // what was recorded will do
	case !g.known || !sameArrangement(g.is, g.wish):
		return g.arrange(m)
	case g.pages.asking:
		return nil
	}
	from, n, ok := g.pages.lacking(first, last, int64(g.cursor), g.found.Rows, g.heading, len(g.is.Filters) > 0 || g.is.OrderBy != "")
	if !ok {
		return nil
	}
	g.pages.asking = true
	g.asked++
	ctx, listing, reply := m.ctx, g.listing, g.replies
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		rows, err := listing.Page(ctx, from, n)
		return fetched{g, reply, from, n, rows, err}
	}
}

func sameArrangement(a, b pipeline.Arrangement) bool {
	return a.OrderBy == b.OrderBy && a.Descending == b.Descending && slices.Equal(a.Filters, b.Filters)
}

// arranged tells how many rows there are as they were wished, or why there are
// none.
type arranged struct {
	grid  *grid
	reply int
	is    pipeline.Arrangement
	found pipeline.Listed
	some  [][]any // the first rows, where the columns were not known
	err   error
}

// arrange has the rows be as they shall be.
func (g *grid) arrange(m *model) tea.Cmd {
	ctx, stop := context.WithTimeout(m.ctx, arrangeLimit)
	g.stop = stop
	g.replies++
	g.asked++
	listing, wish, reply, measure := g.listing, g.wish, g.replies, g.columns == nil
	wish.Filters = slices.Clone(wish.Filters)
	return func() tea.Msg {
		defer stop()
		msg := arranged{grid: g, reply: reply, is: wish}
		if msg.found, msg.err = listing.Arrange(ctx, wish); msg.err == nil && measure {
			msg.some, msg.err = listing.Page(ctx, 0, pipeline.PreviewRows)
		}
		return msg
	}
}

func (msg arranged) take(m *model) tea.Cmd {
	g := msg.grid
	if msg.reply != g.replies {
		return nil
	}
	m.touch()
	stopped := g.stop == nil
	g.stop = nil
	switch {
	case stopped:
		return nil
	case msg.err != nil:
		g.refuse(m, msg.err)
		return nil
	}
	g.is, g.found, g.known, g.pages, g.fault = msg.is, msg.found, true, pages{}, ""
	if g.columns == nil {
		g.setColumns(msg.found.Columns, msg.some)
	}
	g.cursor = clamp(g.cursor, 0, max(0, int(g.found.Rows)-1))
	if p := m.prompt; p != nil && p.grid == g && p.waits && sameArrangement(g.wish, g.is) { // else it was to an earlier wish
		m.endPrompt()
	}
	return m.later(restTime, resting{g, g.asked})
}

// refuse takes in that a wish cannot be had: it is said where it was typed, or
// below, and the rows stay as they are.
func (g *grid) refuse(m *model, err error) {
	g.wish = g.is
	if !g.known {
		g.refused = err
		if g.failed != nil {
			g.failed(err)
			return
		}
	}
	if p := m.prompt; p != nil && p.grid == g && p.waits {
		p.waits, p.fault = false, err.Error()
		return
	}
	g.fault = "The rows cannot be read just now: " + err.Error()
}

// cancel stops what is under way; the rows stay as they are.
func (g *grid) cancel(m *model) {
	g.stop()
	g.stop = nil
	g.wish = g.is
	if !g.known {
		g.refused, g.fault = context.Canceled, "Stopped." // not asked for again by itself
	}
	if p := m.prompt; p != nil {
		p.waits = false
	}
	m.touch()
}

// fetched is rows of a grid, or why they could not be had.
type fetched struct {
	grid  *grid
	reply int
	from  int64
	n     int
	rows  [][]any
	err   error
}

func (msg fetched) take(m *model) tea.Cmd {
	g := msg.grid
	if msg.reply != g.replies {
		return nil // arranged anew since
	}
	g.pages.asking = false
	m.touch()
	if msg.err != nil {
		g.pages.refuse(int64(g.cursor))
		g.fault = "The rows cannot be read just now: " + msg.err.Error()
		return nil
	}
	g.fault = ""
	g.pages.keep(msg.from, msg.n, msg.rows)
	views.Grow(g.sizes, g.columns, msg.rows[:min(len(msg.rows), measuredRows)])
	return m.later(restTime, resting{g, g.asked})
}

// resting is when a grid may have been left alone for a while.
type resting struct {
	grid  *grid
	asked int
}

func (msg resting) take(*model) tea.Cmd {
	if msg.asked == msg.grid.asked {
		return msg.grid.rest()
	}
	return nil
}

// rest lets go of the store, in a command; the next question opens it again.
func (g *grid) rest() tea.Cmd {
	if g.asked == 0 || g.stop != nil || g.pages.asking {
		return nil
	}
	g.asked = 0
	listing := g.listing
	return func() tea.Msg {
		listing.Close()
		return nil
	}
}

// retry asks again for what could not be had.
func (g *grid) retry() {
	g.refused, g.fault = nil, ""
	g.pages.refused = nil
}

// filterBy leaves the rows with the value under the cursor, or those without.
func (g *grid) filterBy(not bool) {
	c, value, _ := g.under()
	g.wish.Filters = append(slices.Clone(g.wish.Filters), pipeline.Filter{Column: c, Value: value, Not: not})
}

// typed is the condition that somebody typed, and its place among the filters;
// there is one at most.
func (g *grid) typed() (at int, text string) {
	at = slices.IndexFunc(g.wish.Filters, func(f pipeline.Filter) bool { return f.Expr != "" })
	if at < 0 {
		return at, ""
	}
	return at, g.wish.Filters[at].Expr
}

// setTyped filters by a condition; an empty one takes it away.
func (g *grid) setTyped(text string) {
	at, _ := g.typed()
	filters := slices.Clone(g.wish.Filters)
	if at >= 0 {
		filters = slices.Delete(filters, at, at+1)
	}
	if text = strings.TrimSpace(text); text != "" {
		filters = append(filters, pipeline.Filter{Expr: text})
	}
	g.wish.Filters = filters
}

// order goes through ascending, descending and as stored, by the column under
// the cursor.
func (g *grid) order() {
	name := g.columns[g.shown[g.column].Index].Name
	switch {
	case g.wish.OrderBy != name:
		g.wish.OrderBy, g.wish.Descending = name, false
	case !g.wish.Descending:
		g.wish.Descending = true
	default:
		g.wish.OrderBy, g.wish.Descending = "", false
	}
}
