package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"willbuy/views/chart"
)

func TestThemesByName(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  scheme
		fixed bool
	}{
		{"", scheme{}, false},
		{"auto", scheme{}, false},
		{"dark", dark, true},
		{"light", light, true},
		{"mono", mono, true},
		{"contrast", scheme{palette: chart.Contrast}, false},
		{"contrast-light", scheme{palette: chart.Contrast, ground: chart.OnLight}, true},
		{"color-blind-dark", scheme{palette: chart.ColorBlind, ground: chart.OnDark}, true},
	} {
		if s, fixed, err := themeOf(c.name); s != c.want || fixed != c.fixed || err != nil {
			t.Errorf("%q is %v, fixed %v, %v", c.name, s, fixed, err)
		}
	}
	for _, name := range Themes {
		if err := CheckTheme(name); err != nil {
			t.Error(err)
		}
	}
	if err := CheckTheme("colour-blind"); err == nil || !strings.Contains(err.Error(), "the nearest is color-blind") {
		t.Errorf("a slip is answered with %v", err)
	}
	for s, th := range themes {
		if th == nil || th.Name == "" {
			t.Errorf("%v has no theme", s)
		}
	}
}

// TestATerminalThatNeverAnswersGetsNoGrey: grey hints vanish on one of the two
// grounds that it may have.
func TestATerminalThatNeverAnswersGetsNoGrey(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.scheme, b.fixed = scheme{}, false
	for _, grey := range []string{"38;2;138;138;138", "38;2;118;118;118"} {
		if strings.Contains(b.View().Content, grey) {
			t.Errorf("hints are written in %s", grey)
		}
	}
	if !strings.Contains(b.View().Content, "\x1b[2m") {
		t.Error("hints are not faint")
	}
	b.send(tea.BackgroundColorMsg{Color: ansi.Black})
	if b.scheme != dark {
		t.Errorf("an answer changes it to %v", b.scheme)
	}
}

func TestFewColoursAreIndexesPickedByHand(t *testing.T) {
	b := newBench(t, lab(t, 15))
	for profile, colors := range map[colorprofile.Profile]string{colorprofile.ANSI256: "38;5;", colorprofile.ANSI: "\x1b[9"} {
		b.send(tea.ColorProfileMsg{Profile: profile})
		for _, step := range []string{"5", "8", "g 1 0", "g 1 5"} {
			b.press(strings.Fields(step)...)
			screen := b.View().Content
			if strings.Contains(screen, "38;2;") || strings.Contains(screen, "48;2;") || profile == colorprofile.ANSI && strings.Contains(screen, "8;5;") {
				t.Errorf("%v: step %s has colours that are left to be converted", profile, step)
			}
			if !strings.Contains(screen, colors) && !strings.Contains(screen, "\x1b[1;9") {
				t.Errorf("%v: step %s has no colours", profile, step)
			}
		}
	}
}

func TestAThemeIsSetByItsName(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI256})
	b.setTheme("contrast-light")
	if b.scheme != (scheme{chart.Contrast, chart.OnLight, chart.Colors256}) || !b.fixed {
		t.Errorf("the scheme is %v", b.scheme)
	}
	if cmd := b.setTheme("auto"); cmd == nil || b.fixed {
		t.Error("auto does not ask the terminal")
	}
	b.colorless, b.scheme = true, mono
	if b.setTheme("dark"); b.scheme != mono || !strings.Contains(b.note.text, "refused") {
		t.Errorf("colours that were refused come back: %v, %q", b.scheme, b.note.text)
	}
}

func TestOnlyASCIIWhereNothingElseCanBeShown(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, false},
		{map[string]string{"TERM": "xterm", "LANG": "C.utf8"}, false},
		{map[string]string{"TERM": "xterm"}, false},
		{map[string]string{"TERM": "linux", "LANG": "en_US.UTF-8"}, true},
		{map[string]string{"TERM": "xterm", "LANG": "C"}, true},
		{map[string]string{"TERM": "xterm", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.ISO-8859-1"}, true},
		{map[string]string{"TERM": "xterm", "LANG": "POSIX", "LC_CTYPE": "it_IT.UTF-8"}, false},
	} {
		if got := ASCIIOnly(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v, want %v", c.env, got, c.want)
		}
	}
}

// TestNoByteAbove7ELeavesInASCII looks at every step, tab and view, the help and
// the window's title.
func TestNoByteAbove7ELeavesInASCII(t *testing.T) {
	b := newBench(t, lab(t, 15))
	check := func(where string) {
		t.Helper()
		wide := ansi.Strip(b.View().Content)
		b.ascii = true
		v := b.View()
		b.ascii = false
		for _, c := range []byte(v.Content + v.WindowTitle) {
			if c > 0x7e {
				t.Fatalf("%s: byte %#x leaves in\n%s", where, c, v.Content)
			}
		}
		narrow := strings.Split(ansi.Strip(v.Content), "\n")
		for i, line := range strings.Split(wide, "\n") {
			if ansi.StringWidth(line) != len(narrow[i]) {
				t.Fatalf("%s: line %d moved:\n%s\n%s", where, i, line, narrow[i])
			}
		}
	}
	for step := 1; step <= 15; step++ {
		b.press(strings.Split("g"+string(rune('0'+step/10))+string(rune('0'+step%10)), "")...)
		for tab := range 5 {
			check(b.step.ID)
			for range 6 {
				b.press("v")
				check(b.step.ID + " view")
			}
			_ = tab
			b.press("]")
		}
	}
	b.press("?")
	check("help")
}

func TestNothingBlinksWhereNothingShallMove(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.press("?")
	if v := b.View(); v.Cursor == nil || !v.Cursor.Blink {
		t.Skip("the help has no cursor that blinks")
	}
	b.still = true
	if b.View().Cursor.Blink {
		t.Error("the cursor blinks")
	}
	if calm := b.drainEvery(); calm < 1e9 {
		t.Errorf("a run changes the screen every %v", calm)
	}
}

func TestThePaletteHasTheThemes(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.find("theme contrast-light")
	b.press("enter")
	if b.scheme.palette != chart.Contrast || b.scheme.ground != chart.OnLight {
		t.Errorf("the scheme is %v", b.scheme)
	}
	b.mustShow("Theme: contrast on light.")
}
