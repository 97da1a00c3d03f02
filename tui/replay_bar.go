package tui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

// leastScale is the width below which the scale says less than it takes.
const leastScale = 12

// transport is the line of a replay: whether it plays and how fast, the scale of
// the run with the numbers of its steps where they begin, and the time.
func (m *model) transport() string {
	r, th := m.replay, m.scheme.theme()
	state := "▶ " + speedText(r.speed)
	if !r.playing {
		state = "‖ paused"
	}
	if r.over(r.position) {
		state = "■ end"
	}
	left := " " + chart.Pad(th.Running.Render("replay"), 7) + chart.Pad(th.Title.Render(state), 9)
	rights := []string{r.timeText() + "  " + r.eventText(), r.timeText(), ""}
	for _, right := range rights {
		if gap := r.gap(r.position); right != "" && r.playing && gap > 0 && float64(gap)/r.speed > float64(idleLimit) {
			right = fmt.Sprintf("%s idle, shortened  ", short(gap.Seconds())) + right
		}
		width := m.width - ansi.StringWidth(left) - ansi.StringWidth(right) - 4
		if width >= leastScale || right == "" {
			return chart.Cut(left+" "+r.scale(max(1, width), th)+"  "+th.Muted.Render(right), m.width)
		}
	}
	return ""
}

// scale draws the run from end to end: what has been played is heavy.
func (r *replay) scale(width int, th *chart.Theme) string {
	cells := []rune(strings.Repeat("─", width))
	cell := func(p position) int { return min(width-1, int(r.place(p)*float64(width-1)+0.5)) }
	for _, b := range r.longest() {
		number := strconv.Itoa(b.step.Number())
		at := cell(r.at(b.event + 1))
		from, to := max(0, at-1), at+len(number)+1
		if to <= width && strings.Trim(string(cells[from:to]), "─") == "" { // not into another number
			copy(cells[at:], []rune(number))
		}
	}
	at := cell(r.position)
	played := strings.ReplaceAll(string(cells[:at]), "─", "━")
	return th.Accent.Render(played) + th.Title.Render("●") + th.Muted.Render(string(cells[at+1:]))
}

// longest are the beginnings of the steps, that of the longest first.
func (r *recording) longest() []beginning {
	lasts := map[int]time.Duration{} // by event
	for i, b := range r.begins {
		end := r.places[len(r.places)-1]
		if i+1 < len(r.begins) {
			end = r.places[r.begins[i+1].event]
		}
		lasts[b.event] = end - r.places[b.event]
	}
	sorted := slices.Clone(r.begins)
	slices.SortStableFunc(sorted, func(a, b beginning) int { return cmp.Compare(lasts[b.event], lasts[a.event]) })
	return sorted
}

func (r *replay) timeText() string {
	first, last := r.times[0], r.times[len(r.times)-1]
	return clock(r.clock.Sub(first)) + " of " + clock(last.Sub(first))
}

func (r *replay) eventText() string { return fmt.Sprintf("event %d of %d", r.next, len(r.events)) }

func speedText(speed float64) string {
	if math.IsInf(speed, 1) {
		return "max"
	}
	return strconv.FormatFloat(speed, 'g', 3, 64) + "×"
}
