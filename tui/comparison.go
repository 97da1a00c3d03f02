package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"willbuy/views"
	"willbuy/views/chart"
)

// comparison is the cover in which earlier runs of training are chosen.
type comparison struct {
	runs    []views.Training
	known   bool // they have been read
	at, top int
}

func (c *comparison) mode() mode { return inComparison }

func (c *comparison) key(*model, tea.KeyPressMsg) tea.Cmd { return nil }

func (c *comparison) scroll(_ *model, by int) { c.at = clamp(c.at+by, 0, max(0, len(c.runs)-1)) }

// toggle chooses the run under the cursor, or no longer.
func (c *comparison) toggle(m *model) {
	run := c.runs[c.at]
	i := slices.IndexFunc(m.lens.Earlier, func(t views.Training) bool { return t.Run == run.Run })
	if i >= 0 {
		m.lens.Earlier = slices.Delete(slices.Clone(m.lens.Earlier), i, i+1)
	} else {
		m.lens.Earlier = append(slices.Clone(m.lens.Earlier), run)
	}
	m.touch()
}

// draw lists the runs, the newest first, each with how good it was and which
// parameters it had otherwise.
func (c *comparison) draw(m *model, width, height int) ([]string, *tea.Position) {
	th := m.scheme.theme()
	const head = 3
	rows := max(1, height-head)
	c.top = clamp(c.top, max(0, c.at-rows+1), c.at)
	end := min(len(c.runs), c.top+rows)
	count := ""
	if len(c.runs) > rows {
		count = fmt.Sprintf("[%d-%d of %d]", c.top+1, end, len(c.runs))
	}
	title := "Compare training with earlier runs"
	lines := []string{th.Title.Render(chart.Cut(title, width)) + th.Muted.Render(chart.PadLeft(count, max(0, width-len(title)))),
		th.Muted.Render(chart.Cut("Their curves are laid under this run's, and what was different is listed.", width)), ""}
	switch {
	case !c.known:
		lines = append(lines, th.Muted.Render("Reading what is recorded …"))
	case len(c.runs) == 0:
		lines = append(lines, chart.Cut("No earlier run of training is recorded. Change a parameter (e), run again, then compare.", width))
	}
	now := m.state().Params
	for i, run := range c.runs[c.top:end] {
		mark, style := "  ", th.Muted
		if c.top+i == c.at {
			mark, style = th.Accent.Render("▸")+" ", th.Title
		}
		chosen := "·"
		if slices.ContainsFunc(m.lens.Earlier, func(t views.Training) bool { return t.Run == run.Run }) {
			chosen = "✓"
		}
		text := fmt.Sprintf("%s %s  %4d rounds  %-14s  %s", chosen, run.Name, len(run.Curves), judgement(run), differing(run.Params, now))
		lines = append(lines, mark+style.Render(chart.Cut(text, width-2)))
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:height], nil
}
