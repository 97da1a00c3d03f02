package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// mode is what has the keys. Several form a set.
type mode int

const (
	onRail mode = 1 << iota
	onPane
	onWhatIf // the pane, where it shows the What-if view
	inHelp
	inForm   // editing parameters
	inSQL    // editing an SQL text
	inDraft  // an edited one, checked
	inWhy    // why a step is there
	inAsk    // asked whether to cancel the run and quit
	inJump   // after g
	inTyping // a value or an id for what-if
	inPalette
	inRuns   // the recorded runs
	inSaving // choosing what to copy or save

	inComparison // choosing earlier runs of training
	inCustomers  // looking for a customer

	onGrid     // the pane, where it shows rows that are browsed
	onAnswer   // the rows that a statement at the SQL prompt gave
	inScratch  // typing a statement there
	inKept     // choosing one that is kept
	inPrompt   // typing about rows
	inRow      // one row in full
	inColumn   // what there is in a column
	inCopyRows // choosing what of the rows to copy

	inReading // something in full
	inTry     // typing a review to be scored
	inFix     // correcting a record
	inShop    // setting what the dashboard is filtered by

	browsing   = onRail | onPane | onWhatIf | onGrid
	everywhere = mode(-1)
)

// mode is what has the keys now.
func (m *model) mode() mode {
	switch {
	case m.modal != 0:
		return m.modal
	case m.cover != nil:
		return m.cover.mode()
	}
	return m.looking()
}

// looking is what has the keys when nothing is on top.
func (m *model) looking() mode {
	switch {
	case m.focus == onPane && m.onWhatIf():
		return onWhatIf
	case m.focus == onPane && m.paneGrid() != nil:
		return onGrid
	}
	return m.focus
}

// binding is a row of the key table. The table drives dispatch, footer and
// help, so that none of them can know a key that the others do not.
type binding struct {
	keys  []string // as Bubble Tea names them
	label string   // as people read them
	in    mode
	when  func(*model) bool // where it applies; nil: always. Elsewhere the key is the next row's
	group string
	help  string
	foot  func(*model) string // its words in the footer; nil or "" keeps it out
	why   func(*model) string // why it cannot act now, "" when it can; nil: it always can
	act   func(m *model, key string) tea.Cmd
}

// table is every key there is. The footer shows those of the mode in this
// order, as many as fit. A key is the first row's that has it and applies.
var table []binding

func init() { // not a literal: the actions draw the help from the table
	table = slices.Concat(presenterKeys(), replayKeys(), presentKeys(), whatIfKeys(), modelKeys(), quarantineKeys(), fixKeys(), jobKeys(), shopKeys(), readingKeys(), tryKeys(), scaleKeys(), gridKeys(), gridCoverKeys(), copyRowsKeys(), promptKeys(), dailyKeys(), browseKeys(), scratchKeys(), windowKeys(), saveKeys(), copyKeys(), whyKeys(), editKeys(), undoKeys(), paletteKeys(), jumpKeys(), formKeys(), helpKeys(), askKeys(), leaveKeys())
}

// groups are those of the help, in its order.
var groups = []string{"Run", "Go", "Look", "Copy", "Rows", "SQL", "Replay", "Present", "Explain", "What-if", "Parameters", "Leave"}

// applies tells whether the binding is one of a mode, and of what is looked at.
func (b *binding) applies(m *model, mode mode) bool {
	return b.in&mode != 0 && (b.when == nil || b.when(m))
}

// reason is why the binding cannot act now, or "".
func (b *binding) reason(m *model) string {
	if b.group != "" && !harmless[b.group] && m.replay != nil {
		return inReplay
	}
	if b.why == nil {
		return ""
	}
	return b.why(m)
}

// sign is -1 for a key among back, 1 for one among forth.
func sign(key, back, forth string) int {
	if slices.Contains(strings.Fields(back), key) {
		return -1
	}
	if slices.Contains(strings.Fields(forth), key) {
		return 1
	}
	panic(fmt.Sprintf("the key table lets %q in where only %s and %s are known", key, back, forth))
}

// press dispatches a key.
func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	key := msg.String()
	if key != "ctrl+c" {
		m.armed = false
	}
	spoke := m.note.text != ""
	m.note = note{}
	if key == "esc" && spoke && m.modal == 0 && m.cover == nil {
		return nil // the message was the one thing to leave
	}
	if m.typesOn(key) {
		return nil
	}
	for i := range table {
		b := &table[i]
		if !b.applies(m, m.mode()) || !slices.Contains(b.keys, key) {
			continue
		}
		if why := b.reason(m); why != "" {
			m.say(why)
			return nil
		}
		return b.act(m, key)
	}
	switch {
	case m.modal == inForm:
		m.form.field().line.key(msg)
		m.touch()
	case m.modal == inTyping:
		m.asking.input.key(msg)
	case m.modal == inPrompt:
		m.prompt.key(m, msg)
	case m.modal == inJump: // 1 was step 1 after all, and this key is for what comes next
		m.modal = 0
		return m.press(msg)
	case m.cover != nil:
		return m.cover.key(m, msg)
	}
	return nil
}

// paste takes pasted text for typing.
func (m *model) paste(text string) tea.Cmd {
	switch {
	case m.modal == inForm:
		m.form.field().line.insert(text)
		m.touch()
	case m.modal == inTyping:
		m.asking.input.insert(text)
	case m.modal == inPrompt:
		m.prompt.insert(m, text)
	case m.modal == 0 && m.cover != nil:
		return m.cover.key(m, tea.KeyPressMsg{Text: text})
	}
	return nil
}

// interrupt is ctrl+c: first it cancels or warns, then it quits.
func (m *model) interrupt() tea.Cmd {
	if m.armed {
		return tea.Quit
	}
	m.armed = true
	if m.run != nil {
		m.cancelRun()
		m.say("Stopping the run. Ctrl+C again quits at once; what is done is kept.")
		return nil
	}
	m.say("Ctrl+C again quits.")
	return nil
}
