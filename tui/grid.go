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

// pageRows is how many rows are fetched at a time, around the cursor.
const pageRows = 500

// fetchLimit is how long a page may take; a run of another process may have
// the store for longer than a reader wants to wait.
const fetchLimit = 10 * time.Second

// source is where rows come from: a table as one attempt of a step made it.
// When the step has run again, pages from before are worth nothing.
type source struct{ table, fingerprint, run string }

func (m *model) source(table string) source {
	st := m.state()
	return source{table, st.Fingerprint, st.Run}
}

// want is what a page is asked for: the rows round a cursor.
type want struct {
	from   source
	cursor int
}

// fetched is a page of a table, or why it could not be had.
type fetched struct {
	want want
	page views.Page
	err  error
}

// pager holds the one page of rows that goes beyond what an event carries.
type pager struct {
	from    source
	page    *views.Page
	asking  bool // a page is on its way
	refused want // the last page that could not be had; not asked for again
}

// pageOf gives the page held, if it is of that source.
func (p *pager) pageOf(from source) *views.Page {
	if p.from != from {
		return nil
	}
	return p.page
}

// fetch asks for the rows round the cursor of a table, if they are on the
// screen and neither the event nor the page holds them.
func (m *model) fetch() tea.Cmd {
	if m.pager.asking || m.tab != views.Output || m.width == 0 {
		return nil
	}
	table, ok := views.Grid(m.frame())
	if !ok {
		return nil
	}
	w := want{m.source(table), m.here().cursor}
	if m.holds(table) || w == m.pager.refused {
		return nil
	}
	m.pager.asking = true
	ctx, ws := m.ctx, m.ws
	offset := int64(max(0, w.cursor-pageRows/2))
	query := fmt.Sprintf("SELECT * FROM %s ORDER BY %s LIMIT %d OFFSET %d",
		pipeline.Ident(table), pipeline.Ident(m.orderOf()), pageRows, offset)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		page := views.Page{Table: table, Offset: offset}
		rows, err := ws.Store.Query(ctx, query)
		if err == nil {
			page.Rows, err = rows.Collect(pageRows)
		}
		return fetched{w, page, err}
	}
}

// holds tells whether every row on the screen is at hand.
func (m *model) holds(table string) bool {
	result, page, cursor := m.state().Result, m.pager.pageOf(m.source(table)), int64(m.here().cursor)
	height := int64(m.layout().pane.height)
	first, last := max(0, cursor-height), min(result.Rows, cursor+height)
	for i := first; i < last; i++ {
		inPage := page != nil && i >= page.Offset && i < page.Offset+int64(len(page.Rows))
		if !inPage && i >= int64(len(result.Preview)) {
			return false
		}
	}
	return true
}

// orderOf is the column that the engine ordered the preview by: the id, or the
// first column of a table that has none.
func (m *model) orderOf() string {
	schema := m.state().Result.Schema
	if slices.ContainsFunc(schema, func(c store.Column) bool { return strings.EqualFold(c.Name, m.lab.ID) }) {
		return m.lab.ID
	}
	return schema[0].Name
}

func (msg fetched) take(m *model) tea.Cmd {
	m.pager.asking = false
	if msg.err != nil {
		m.pager.refused = msg.want
		m.warn("The rows cannot be read just now: " + msg.err.Error())
		return nil
	}
	m.pager.from, m.pager.page, m.pager.refused = msg.want.from, &msg.page, want{}
	return nil
}
