package tui

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/jonboulle/clockwork"

	"willbuy/pipeline"
	"willbuy/pipeline/schedule"
)

// scheduled is a workbench on a complete lab whose graph is resumed and due
// every minute by the clock it gives; nodes that run are noted, and find
// nothing to do.
func scheduled(t *testing.T) (b *bench, clock *clockwork.FakeClock, ran *[]string) {
	t.Helper()
	dir := lab(t, 15)
	clock = clockwork.NewFakeClockAt(began)
	plan := schedule.Open(filepath.Join(dir, "dag"), clock)
	graph := must(pipeline.OpenWorkspace(dir, &noStore{})).Graph()
	graph.When = schedule.When{Minutes: 1}
	must(plan.Deploy(graph))
	if err := plan.Resume(); err != nil {
		t.Fatal(err)
	}
	b = newBench(t, dir)
	b.now, b.daily.plan = clock.Now, plan
	ran = new([]string)
	b.node = func(*inbox) schedule.Exec {
		return func(ctx context.Context, n schedule.Node) (string, error) {
			*ran = append(*ran, n.Name)
			return "", ctx.Err()
		}
	}
	b.daily.asked = false // as if it opened only now
	b.do(b.lookDaily())
	return b, clock, ran
}

func must[T any](what T, err error) T {
	if err != nil {
		panic(err)
	}
	return what
}

var allNodes = []string{"setup", "refresh_reviews", "update_sentiment", "retrain_model"}

// reopen is what a workbench finds that opens now.
func (b *bench) reopen() {
	b.daily.asked = false
	b.do(b.lookDaily())
}

func TestAMissedRunIsOfferedUntilItIsCaughtUp(t *testing.T) {
	b, clock, ran := scheduled(t)
	if b.offer() != "" {
		t.Fatalf("nothing was missed, yet it says %q", b.offer())
	}
	clock.Advance(time.Hour)
	b.reopen()
	b.mustShow("was missed: m catches up, esc leaves it.")
	b.press("down", "]", "7")
	b.mustShow("was missed: m catches up, esc leaves it.")
	b.press("m")
	if !slices.Equal(*ran, allNodes) || b.run != nil {
		t.Fatalf("it ran %q", *ran)
	}
	b.mustShow("The graph ran; nothing had changed.")
	runs := must(b.daily.plan.History())
	if len(runs) != 1 || runs[0].Cause != schedule.ByCatchUp {
		t.Fatalf("the history is %+v", runs)
	}
	b.reopen()
	if b.offer() != "" {
		t.Fatal("it is offered again")
	}
}

func TestEscLeavesAMissedRun(t *testing.T) {
	b, clock, ran := scheduled(t)
	clock.Advance(time.Hour)
	b.reopen()
	b.press("tab", "esc")
	if b.offer() != "" || b.focus != onPane || len(*ran) > 0 {
		t.Fatal("esc did more or less than leave the offer")
	}
	b.press("m")
	b.mustShow("No daily run was missed.")
}

func TestTheAutomatePaneResumesSuspendsAndRuns(t *testing.T) {
	b, clock, ran := scheduled(t)
	b.press("g", "1", "4")
	b.mustShow("On: due "+clock.Now().Add(time.Minute).Local().Format("today 15:04"), "t suspend")
	b.press("t")
	b.mustShow("Suspended: nothing runs by itself.", "t resume")
	if d := must(b.daily.plan.Deployment()); !d.Suspended {
		t.Fatal("it is not suspended")
	}
	b.press("d")
	if !slices.Equal(*ran, allNodes) {
		t.Fatalf("d ran %q", *ran)
	}
	b.mustShow("✓ SUCCEEDED  EXECUTE TASK")
	clock.Advance(time.Hour)
	b.press("t")
	b.reopen()
	if b.offer() != "" {
		t.Fatal("what was due while it was suspended counts as missed")
	}
}

func TestAutomateSaysThatNothingIsDeployed(t *testing.T) {
	b := newBench(t, lab(t, 4))
	b.press("g", "1", "4", "d")
	b.mustShow("No graph is deployed yet; enter deploys it.")
}

// served watches the schedule as the program would, and gives its messages.
func (b *bench) served(clock *clockwork.FakeClock) (next func() tea.Msg, end chan tea.Msg) {
	messages := make(chan tea.Msg)
	b.model.send = func(msg tea.Msg) { messages <- msg }
	watch := b.serve()
	end = make(chan tea.Msg, 1)
	go func() { end <- watch() }()
	return func() tea.Msg {
		for {
			select {
			case msg := <-messages:
				return msg
			case msg := <-end:
				return msg
			default:
			}
			wait, cancel := context.WithTimeout(b.t.Context(), time.Millisecond)
			if clock.BlockUntilContext(wait, 1) == nil {
				clock.Advance(10 * time.Second)
			}
			cancel()
		}
	}, end
}

func TestARunThatIsDueWaitsForOursAndThenRuns(t *testing.T) {
	b, clock, ran := scheduled(t)
	b.press("3")
	_, end := b.startRun("a")
	next, _ := b.served(clock)
	b.send(next())
	b.mustShow("The daily run is due; it begins when this run has ended.")
	if len(*ran) > 0 {
		t.Fatalf("%q ran beside our run", *ran)
	}
	b.press("2")
	end(nil)
	b.mustShow("The daily run has begun: f follows it, x cancels it.", "▶ daily graph")
	if b.step.ID != "cluster" || b.follow {
		t.Errorf("nobody asked for it, yet it shows %s", b.step.ID)
	}
	if why := busy(b.model); !strings.Contains(why, "under way") {
		t.Errorf("a run could be started: %q", why)
	}
	for b.run != nil {
		b.send(next())
	}
	b.mustShow("The graph ran; nothing had changed.")
	if !slices.Equal(*ran, allNodes) {
		t.Errorf("it ran %q", *ran)
	}
	b.daily.stop()
	b.settle(settleTime)
}

func TestCancellingARunThatWasDueIsRecordedAndTheScheduleGoesOn(t *testing.T) {
	b, clock, _ := scheduled(t)
	b.node = func(*inbox) schedule.Exec {
		return func(ctx context.Context, n schedule.Node) (string, error) {
			<-ctx.Done() // a long step, cancelled
			return "", ctx.Err()
		}
	}
	next, _ := b.served(clock)
	b.send(next())
	b.press("x")
	b.send(next())
	if runs := must(b.daily.plan.History()); b.run != nil || len(runs) != 1 || runs[0].State != schedule.Cancelled {
		t.Fatalf("the history is %+v", runs)
	}
	ended, ok := next().(serveEnded)
	if !ok || ended.err != nil {
		t.Fatalf("it did not end: %+v", ended)
	}
	if _, again := b.Update(ended); again == nil {
		t.Fatal("the schedule is not watched any more")
	}
	b.daily.stop()
	b.jobs.Done() // the second watch was never begun
	b.settle(settleTime)
}
