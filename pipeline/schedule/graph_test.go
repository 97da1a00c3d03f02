package schedule

import (
	"strings"
	"testing"
	"time"
)

// lab is the graph of the lab, daily.
var lab = Graph{
	Nodes: []Node{
		{Name: "setup", Steps: []string{"setup"}},
		{Name: "refresh_reviews", After: []string{"setup"}, Steps: []string{"read", "parse", "quality", "save"}},
		{Name: "update_sentiment", After: []string{"refresh_reviews"}, Steps: []string{"sentiment"}},
		{Name: "retrain_model", After: []string{"update_sentiment"}, Steps: []string{"join", "encode", "train", "register", "explain"}},
	},
	When: When{Cron: "0 3 * * *", Zone: "UTC"},
}

// graph writes "c:a,b" as node c after a and b.
func graph(nodes ...string) Graph {
	var g Graph
	for _, text := range nodes {
		name, after, found := strings.Cut(text, ":")
		n := Node{Name: name, Steps: []string{"step"}}
		if found {
			n.After = strings.Split(after, ",")
		}
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

func TestOrderPutsPredecessorsFirst(t *testing.T) {
	for _, test := range []struct {
		graph Graph
		want  string
	}{
		{lab, "setup refresh_reviews update_sentiment retrain_model"},
		{graph("d:b,c", "b:a", "c:a", "a"), "a b c d"},
		{graph("c:a", "a", "b"), "a c b"},
	} {
		order, err := test.graph.Order()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, n := range order {
			names = append(names, n.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestOrderNamesWhatIsWrong(t *testing.T) {
	noSteps := graph("a")
	noSteps.Nodes[0].Steps = nil
	for _, test := range []struct {
		graph Graph
		want  string
	}{
		{Graph{}, "has no nodes"},
		{graph("a:b", "b:a", "c"), "none of a, b can be first"},
		{graph("a:a"), "goes in circles"},
		{graph("a:x"), "node a comes after x, which is not in the graph"},
		{graph("a", "a"), "two nodes a"},
		{graph(`a"; DROP`), "is no name for a node"},
		{noSteps, "node a has no steps"},
	} {
		if _, err := test.graph.Order(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestNextDueTime(t *testing.T) {
	const since = "2026-11-22T10:07:30Z"
	for _, test := range []struct {
		name  string
		when  When
		after string
		want  []string // one after the other; "" for never
	}{
		{"minutes count from the resumption", When{Minutes: 90}, since, []string{"2026-11-22T11:37:30Z", "2026-11-22T13:07:30Z"}},
		{"minutes, asked late", When{Minutes: 1440}, "2026-11-25T12:00:00Z", []string{"2026-11-26T10:07:30Z"}},
		{"minutes, asked before", When{Minutes: 1440}, "2026-01-01T00:00:00Z", []string{"2026-11-23T10:07:30Z"}},
		{"daily", When{Cron: "0 3 * * *", Zone: "UTC"}, since, []string{"2026-11-23T03:00:00Z", "2026-11-24T03:00:00Z"}},
		{"daily in a time zone", When{Cron: "0 3 * * *", Zone: "Asia/Tokyo"}, since, []string{"2026-11-22T18:00:00Z"}},
		{"weekdays", When{Cron: "30 6 * * MON-FRI", Zone: "UTC"}, "2026-11-27T06:30:00Z", []string{"2026-11-30T06:30:00Z"}},
		{"strictly after", When{Cron: "* * * * *", Zone: "UTC"}, "2026-11-22T10:07:00Z", []string{"2026-11-22T10:08:00Z"}},
		{"daylight saving begins", When{Cron: "0 3 * * *", Zone: "Europe/Berlin"}, "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z"}},
		{"a time that is skipped", When{Cron: "30 2 * * *", Zone: "Europe/Berlin"}, "2026-03-28T12:00:00Z", []string{"2026-03-30T00:30:00Z"}},
		{"a time that comes twice", When{Cron: "30 2 * * *", Zone: "Europe/Berlin"}, "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"every hour, also the one that comes twice", When{Cron: "30 * * * *", Zone: "Europe/Berlin"}, "2026-10-25T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}},
		{"on demand", When{}, since, []string{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			after := at(t, test.after)
			for _, want := range test.want {
				next, err := test.when.Next(at(t, since), after)
				if err != nil {
					t.Fatal(err)
				}
				if got := next.Format(time.RFC3339); got != want && !(want == "" && next.IsZero()) {
					t.Errorf("after %s comes %s, want %s", after, got, want)
				}
				after = next
			}
		})
	}
}

func TestWhenNamesWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		when When
		want string
	}{
		{When{Cron: "0 3 * *"}, "five fields"},
		{When{Cron: "@every 1h"}, "five fields"},
		{When{Cron: "0 0 3 * * *"}, "five fields"},
		{When{Cron: "61 3 * * *"}, "is no cron expression"},
		{When{Cron: "0 3 30 2 *"}, "is no cron expression"},
		{When{Cron: "0 3 * * *", Zone: "Europe/Bonn"}, `time zone "Europe/Bonn" is not known`},
		{When{Minutes: -1}, "no interval"},
		{When{Minutes: 5, Cron: "0 3 * * *"}, "exclude each other"},
	} {
		if err := test.when.Check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.when, err, test.want)
		}
	}
}
