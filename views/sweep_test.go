package views

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
)

// TestEveryPaneFitsEverySize draws every pane on every tab and in every view and
// state at widths up to 200 and heights up to 60, from the demo run and from one
// whose texts are hostile: exactly that many lines, none too wide, and nothing in
// them that a terminal would act on but styles.
func TestEveryPaneFitsEverySize(t *testing.T) {
	const widest, highest = 200, 60
	runs := map[string][]pipeline.Event{"demo": demoEvents(t), "hostile": hostile(demoEvents(t))}
	widths, heights, n := map[int]bool{}, map[int]bool{}, 0
	for name, events := range runs {
		for _, step := range pipeline.Steps {
			for _, status := range append([]pipeline.Status{pipeline.Interrupted, pipeline.Blocked}, paneStates...) {
				f := demoFrame(t, events, step, status)
				for tab := range Tabs {
					f.Tab = Tab(tab)
					for view := range len(Views(f)) + 1 { // 0 is all of them
						f.View = view
						for range 8 {
							n++
							f.Width, f.Height = 1+n*37%widest, 1+(n*17+n/widest)%highest
							widths[f.Width], heights[f.Height] = true, true
							f.Theme, f.Stage = themes[n%len(themes)], []*Stage{nil, nil, {}, {Spotlight: true}}[n%4]
							f.Cursor, f.Top, f.Left = n%11, n%5, n%4
							if err := fits(f); err != nil {
								t.Fatalf("%s: %s %s, %s, view %d: %v", name, step.ID, status, Tabs[tab], view, err)
							}
						}
					}
				}
			}
		}
	}
	if len(widths) != widest || len(heights) != highest {
		t.Errorf("%d widths and %d heights were drawn", len(widths), len(heights))
	}
}

// fits draws a pane and says what of it does not keep to its size, or is raw.
func fits(f Frame) error {
	pane := Pane(f)
	lines := strings.Split(pane, "\n")
	if len(lines) != f.Height {
		return fmt.Errorf("at %d×%d there are %d lines", f.Width, f.Height, len(lines))
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w > f.Width {
			return fmt.Errorf("at %d×%d line %d is %d wide: %q", f.Width, f.Height, i+1, w, line)
		}
	}
	text := strings.ReplaceAll(styling.ReplaceAllString(pane, ""), "\n", "")
	for _, r := range text {
		if r < ' ' || hidden(r) {
			return fmt.Errorf("at %d×%d there is a raw %q in %q", f.Width, f.Height, r, text)
		}
	}
	return nil
}

// hostile puts what terminals act on, wide letters and a word without end into
// every text of the events that comes from data.
func hostile(events []pipeline.Event) []pipeline.Event {
	text := "a\x1b[2J\x07\u202eb\u2066\x9b31m\r\nc\u200b日本" + strings.Repeat("語", 120)
	var poison func(v any) any
	poison = func(v any) any {
		switch v := v.(type) {
		case string:
			return text
		case []any:
			for i := range v {
				v[i] = poison(v[i])
			}
		}
		return v
	}
	out := make([]pipeline.Event, len(events))
	for i, e := range events {
		var body map[string]any
		if err := json.Unmarshal(e.Body, &body); err != nil {
			panic(err)
		}
		for _, key := range []string{"rows", "preview", "raw", "reason", "text", "error", "hint", "detail", "summary", "title", "phase", "file", "code"} {
			if value, ok := body[key]; ok {
				body[key] = poison(value)
			}
		}
		if name, ok := body["name"]; ok && e.Kind != pipeline.KindTable {
			body["name"] = poison(name)
		}
		e.Body, _ = json.Marshal(body)
		out[i] = e
	}
	return out
}
