package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
)

// raws are what a command would print to the terminal as it is.
func raws(cmd tea.Cmd) []string {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.RawMsg:
		return []string{fmt.Sprint(msg.Msg)}
	case tea.BatchMsg:
		var all []string
		for _, c := range msg {
			all = append(all, raws(c)...)
		}
		return all
	}
	return nil
}

func TestTheEndOfLongWorkIsToldToWhoLooksElsewhere(t *testing.T) {
	for _, c := range []struct {
		name  string
		away  bool
		took  time.Duration
		whole bool // the run ends too
		want  string
	}{
		{"a step, looked at", false, time.Minute, false, ""},
		{"a short step", true, 9 * time.Second, false, ""},
		{"a long step", true, 14 * time.Second, false, "\x1b]9;willbuy: Setup is done after 14 s.\x07\a"},
		{"a run", true, 14 * time.Second, true, "\x1b]9;willbuy: The run is done after 14 s.\x07\a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			if c.away {
				b.send(tea.BlurMsg{})
			}
			seq := int64(0)
			apply := func(after time.Duration, step string, kind pipeline.Kind, body any) {
				seq++
				b.journal.apply([]pipeline.Event{{V: 1, Seq: seq, Time: began.Add(after), Run: "r1", Step: step, Kind: kind, Body: marshal(body)}})
			}
			apply(0, "", pipeline.KindRunStarted, pipeline.RunStarted{})
			apply(0, "setup", pipeline.KindStepStarted, pipeline.StepStarted{})
			before := b.work()
			apply(c.took, "setup", pipeline.KindStepFinished, pipeline.StepFinished{})
			if c.whole {
				apply(c.took, "", pipeline.KindRunFinished, pipeline.RunFinished{Status: "done"})
			}
			if got := strings.Join(raws(b.notify(before)), ""); got != c.want {
				t.Errorf("the terminal gets %q, not %q", got, c.want)
			}
		})
	}
}

func TestTheTitleSaysHowFarTheStepIs(t *testing.T) {
	b := newBench(t, lab(t, 0))
	for i, e := range []entry{{"quality", pipeline.KindStepStarted, pipeline.StepStarted{}}, {"quality", pipeline.KindProgress, pipeline.Progress{Done: 62, Total: 100, ETA: 18}}} {
		b.journal.apply([]pipeline.Event{{V: 1, Seq: int64(i + 1), Time: began, Run: "r2", Step: e.step, Kind: e.kind, Body: marshal(e.body)}})
	}
	if got := b.View().WindowTitle; got != "▶ Quality 62% · lab-of-tests" {
		t.Errorf("the title is %q", got)
	}
}

// TestBubbleTeaHasATickerToSlow breaks when a version of Bubble Tea keeps its
// ticker elsewhere: the workbench then takes more of the CPU at rest.
func TestBubbleTeaHasATickerToSlow(t *testing.T) {
	var in strings.Reader
	var out strings.Builder
	b := newBench(t, t.TempDir())
	program := tea.NewProgram(quitter{}, tea.WithInput(&in), tea.WithOutput(&out))
	if _, err := program.Run(); err != nil {
		t.Fatal(err)
	}
	b.pulse.find = func() *time.Ticker { return tickerOf(program) }
	arranged := 0
	b.later = func(_ time.Duration, msg tea.Msg) tea.Cmd { arranged++; return nil }
	b.press("down", "down")
	if b.pulse.ticker == nil || !b.pulse.quick || arranged != 1 {
		t.Fatalf("a key: ticker %v, quick %v, %d rests arranged", b.pulse.ticker, b.pulse.quick, arranged)
	}
	defer b.pulse.ticker.Stop()
	b.send(restTick{})
	if !b.pulse.quick || arranged != 2 {
		t.Error("it rests although a key came")
	}
	b.send(restTick{})
	if b.pulse.quick || arranged != 2 {
		t.Error("it does not rest although nothing came")
	}
	b.press("up")
	if !b.pulse.quick {
		t.Error("a key does not wake it")
	}
}

// quitter is a program that ends at once.
type quitter struct{}

func (quitter) Init() tea.Cmd                         { return tea.Quit }
func (q quitter) Update(tea.Msg) (tea.Model, tea.Cmd) { return q, nil }
func (quitter) View() tea.View                        { return tea.NewView("") }

func TestTheStatusLineSaysWhatWeTake(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.send(tea.WindowSizeMsg{Width: 140, Height: 30})
	at := func(seconds float64, spent time.Duration, mb int64) {
		b.send(sample{at: began.Add(time.Duration(seconds * float64(time.Second))), spent: spent, memory: mb << 20})
	}
	at(0, 0, 90)
	b.mustShow("CPU 0% · 90 MB")
	at(1, time.Second/2, 90)
	b.mustShow("CPU 50% · 90 MB")
	at(2, time.Second/2+20*time.Millisecond, 97)
	b.mustShow("CPU 2% · 97 MB")
	at(3, time.Second/2+40*time.Millisecond, 99)
	b.mustShow("CPU 2% · 97 MB") // nothing worth a new line at rest
	now, ok := lookUsage().(sample)
	if !ok || now.spent <= 0 {
		t.Errorf("a real sample is %+v", now)
	}
}

func TestTheFooterMarksWhatItLeavesOut(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(tea.WindowSizeMsg{Width: 60, Height: 24})
	b.mustShow("…  q quit  ? help")
	b.send(tea.WindowSizeMsg{Width: 400, Height: 24})
	if lines := strings.Split(b.screen(), "\n"); strings.Contains(lines[len(lines)-1], "…") {
		t.Errorf("all fits, yet it says %q", lines[len(lines)-1])
	}
	b.send(tea.WindowSizeMsg{Width: 40, Height: 12})
	for _, keys := range []string{"g", "?", ":", "e e"} {
		b.press("esc", "esc", "esc")
		b.press(strings.Fields(keys)...)
		b.mustShow("esc ")
	}
}

func TestTheStatusLineSaysHowLongItTakesYet(t *testing.T) {
	b := newBench(t, lab(t, 4))
	for i, e := range []entry{{"", pipeline.KindRunStarted, pipeline.RunStarted{}}, {"quality", pipeline.KindStepStarted, pipeline.StepStarted{}},
		{"quality", pipeline.KindProgress, pipeline.Progress{Done: 62, Total: 100, ETA: 18.2}}} {
		b.journal.apply([]pipeline.Event{{V: 1, Seq: int64(i + 1), Time: began, Run: "r2", Step: e.step, Kind: e.kind, Body: marshal(e.body)}})
	}
	b.mustShow("Quality 62%  ETA 0:19")
}
