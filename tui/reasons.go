package tui

import (
	"fmt"
	"strings"

	"willbuy/pipeline"
	"willbuy/views"
)

// The reasons why a key cannot act now, as sentences; "" when it can.

func busy(m *model) string {
	switch {
	case m.leaving || m.run != nil && m.run.stopping:
		return "The run is stopping; a moment."
	case m.run != nil:
		return "A run is under way; x cancels it."
	case !m.loaded:
		return "Still reading what is recorded; a moment."
	}
	return ""
}

func nothingToCancel(m *model) string {
	switch {
	case m.run != nil && m.run.stopping:
		return "The run is stopping already; a moment."
	case m.run != nil:
		return ""
	case m.journal.underWay() != nil:
		return "That run belongs to another process; stop it there."
	}
	return "Nothing runs."
}

func nothingToRetry(m *model) string {
	switch m.state().Status {
	case pipeline.Failed, pipeline.Interrupted, pipeline.Blocked, pipeline.Stale:
		return busy(m)
	case pipeline.New:
		return fmt.Sprintf("%s has not failed; enter runs it.", m.step.Title)
	}
	return fmt.Sprintf("%s has not failed, and nothing that it rests on has changed.", m.step.Title)
}

func nothingMissed(m *model) string {
	if m.daily.missed.IsZero() {
		return "No daily run was missed."
	}
	return busy(m)
}

// noDaily is why the daily graph cannot be resumed or suspended.
func noDaily(m *model) string {
	switch {
	case m.daily.now == nil:
		return "Still reading how the daily graph stands; a moment."
	case !m.daily.now.Deployed:
		return "No graph is deployed yet; enter deploys it."
	}
	return ""
}

// noGraphRun is why the graph cannot run now.
func noGraphRun(m *model) string {
	if why := noDaily(m); why != "" {
		return why
	}
	return busy(m)
}

func noParameters(m *model) string {
	if len(m.step.Params) == 0 {
		return m.step.Title + " has no parameters."
	}
	return ""
}

// nothingAsked is why no question can be asked yet.
func nothingAsked(m *model) string {
	if a := &m.asking; a.model == nil || a.of != m.source(views.WhatIfView) {
		return "Still reading the model and the customers; a moment."
	}
	return ""
}

func nobodyToFlip(m *model) string {
	if why := nothingAsked(m); why != "" {
		return why
	}
	if m.asking.who() == nil {
		return "Choose a customer first: the smallest change is one person's."
	}
	return ""
}

func nothingMoved(m *model) string {
	if why := nothingAsked(m); why != "" {
		return why
	}
	if !m.asking.moved() {
		return "Everything is as it is; nothing to put back."
	}
	return ""
}

func notTyped(m *model) string {
	if m.feature() < 0 {
		if strings.TrimSpace(m.asking.input.text()) == "" {
			return "Type an id or its beginning; esc leaves it."
		}
		return ""
	}
	if _, err := m.typedValue(); err != nil {
		return "Not understood: " + err.Error() + "."
	}
	return ""
}

func oneView(m *model) string {
	if viewWord(m) == "" {
		return "There is one view of this only; [ and ] change the tab."
	}
	return ""
}

func atLast(m *model) string {
	if m.step.Number() == len(pipeline.Steps) {
		return "This is the last step."
	}
	return ""
}

func nothingToFollow(m *model) string {
	if m.journal.running() == nil {
		return "Nothing runs."
	}
	return ""
}

func nothingRight(m *model) string {
	if _, grid := views.Grid(m.frame()); m.focus == onPane && !grid {
		return "Nothing is to the right; [ and ] change the tab."
	}
	return ""
}

func nothingLeft(m *model) string {
	if m.focus == onRail {
		return "Nothing is to the left."
	}
	return ""
}

func nothingToLeave(m *model) string {
	if m.focus == onRail && m.offer() == "" {
		return "Nothing to leave; q quits."
	}
	return ""
}

func noRoomToSplit(m *model) string {
	if len(m.windows) == 1 && m.width < besideWidth && m.height < belowHeight {
		return fmt.Sprintf("Two panes need %d columns or %d lines; this is %d×%d.", besideWidth, belowHeight, m.width, m.height)
	}
	return ""
}
