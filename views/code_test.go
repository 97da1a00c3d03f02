package views

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/store"
	"willbuy/views/chart"
)

// scope gives the values of a step in a workspace where nothing, or these
// things, were set.
func scope(t testing.TB, step string, settings ...string) Frame {
	t.Helper()
	ws, err := pipeline.OpenWorkspace(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range settings {
		s, name, value, err := pipeline.ParseSetting(setting)
		if err == nil {
			err = ws.Set(s, name, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := pipeline.FindStep(step)
	if err != nil {
		t.Fatal(err)
	}
	return Frame{State: &pipeline.State{}, Step: s, Lab: ws.Lab(), Values: ws.Scope(s), Tab: Code, Width: 100, Height: 40, Theme: chart.Dark}
}

// values are the marked parts of a text.
func values(text string) []string {
	var out []string
	for _, part := range strings.Split(text, string(valueOpen))[1:] {
		value, _, _ := strings.Cut(part, string(valueClose))
		out = append(out, value)
	}
	return out
}

func TestValuesOfParametersAreMarkedInTheCode(t *testing.T) {
	for _, c := range []struct {
		step     string
		settings []string
		want     []string
		not      []string
	}{
		{"setup", nil, []string{"en,es,fr,de,it,pt"}, nil},
		{"cluster", nil, []string{"2"}, nil},
		{"read", []string{"read.pattern=it's *.txt"}, nil, nil}, // quoting changes it
		{"read", nil, []string{"*.txt"}, nil},
		{"train", nil, []string{"0.1", "50", "reg:squarederror"}, nil},
		{"train", []string{"train.eta=0.3"}, []string{"0.3"}, []string{"0.1"}},
		{"automate", []string{"automate.cron=30 6 * * 1-5", "automate.zone=Europe/Berlin"}, []string{"30 6 * * 1-5", "Europe/Berlin"}, nil},
		{"join", []string{"join.sql=SELECT 1"}, nil, []string{"SELECT 1"}},
	} {
		f := scope(t, c.step, c.settings...)
		code := f.Step.Code(f.Lab, f.Values)
		text := withMarks(f, code)
		if unmarked.Replace(text) != code {
			t.Fatalf("%s: the marks change the code", c.step)
		}
		got := values(text)
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s %v: %q is not marked; %q are, in\n%s", c.step, c.settings, want, got, text)
			}
		}
		for _, not := range c.not {
			if slices.Contains(got, not) {
				t.Errorf("%s %v: %q is marked", c.step, c.settings, not)
			}
		}
	}
}

func TestColoursTakeNothingFromTheCode(t *testing.T) {
	text := "/* two\nlines */ select 'it''s', \"a name\", 1.5 -- why\nFROM t\x1b[31m WHERE a⟦b⟧ = 'open\nend"
	want := strings.Split(strings.ReplaceAll(unmarked.Replace(text), "\x1b", `\x1b`), "\n")
	for _, th := range []chart.Theme{chart.Dark, chart.Light, chart.NoColor} {
		var got []string
		for _, line := range SQL(text, th) {
			got = append(got, ansi.Strip(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %q, not %q", th.Name, got, want)
		}
	}
	if line := SQL("-- eta=⟦1⟧, more", chart.Dark)[0]; !strings.Contains(line, chart.Dark.Muted.Render("more")) {
		t.Errorf("behind a value the comment ends: %q", line)
	}
	dark := SQL(text, chart.Dark)
	for i, part := range []string{chart.Dark.Muted.Render("lines */"), chart.Dark.Up.Render("FROM"), chart.Dark.Down.Render("end")} {
		if line := dark[i+1]; !strings.Contains(line, part) {
			t.Errorf("line %d is %q, without %q", i+2, line, part)
		}
	}
}

func TestAnEditedTextIsShownAsEdited(t *testing.T) {
	f := scope(t, "dashboard", "dashboard.heat=SELECT 7\nFROM JOINED_DATA")
	got := ansi.Strip(Pane(f))
	if !strings.Contains(got, "• heat is edited") || !strings.Contains(got, "• SELECT 7") || strings.Contains(got, "• FROM JOINED_DATA") || strings.Contains(got, "totals is edited") {
		t.Errorf("the Code tab is\n%s", got)
	}
	f.Tab, f.Width = Parameters, 120
	if got := ansi.Strip(Pane(f)); !strings.Contains(got, "• heat") || !strings.Contains(got, "edited, 2 lines") || !strings.Contains(got, "the lab's own") {
		t.Errorf("the Parameters tab is\n%s", got)
	}
}

func TestADraftSaysWhatChangesBeforeItIsAccepted(t *testing.T) {
	d := Draft{Text: "SELECT UUID\nFROM T", Rows: 1203, RowsNow: 1991, Stale: []string{"Join", "Encode"},
		Columns: []store.Column{{Name: "UUID", Type: store.String}, {Name: "NEW", Type: store.Float}},
		Now:     []store.Column{{Name: "uuid", Type: store.String}, {Name: "GONE", Type: store.Int}},
		Plan:    []store.PlanStep{{Does: "read T where X > 3", Rows: 1203}, {Does: "join", Rows: -1}}}
	got := ansi.Strip(strings.Join(DraftLines(d, 80, chart.NoColor), "\n"))
	for _, want := range []string{"1,203 rows (now 1,991)", "2 columns", "+ NEW", "− GONE", "1  read T where X > 3", "about 1,203 rows", "Join, Encode", "2• FROM T"} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
	d = Draft{Text: "SELECT UUID\nFORM T", Fault: "syntax error at or near \"T\"", Line: 2}
	got = ansi.Strip(strings.Join(DraftLines(d, 80, chart.NoColor), "\n"))
	if !strings.Contains(got, "! line 2: syntax error at or near") || !strings.Contains(got, "2▸ FORM T") || strings.Contains(got, "columns") {
		t.Errorf("a refused text shows\n%s", got)
	}
}

func BenchmarkCodeOfTrain(b *testing.B) {
	f := scope(b, "train")
	b.ReportAllocs()
	for b.Loop() {
		Pane(f)
	}
}
