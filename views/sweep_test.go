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
// state at widths from 20 to 200 and heights from 6 to 60, from the demo run and
// from one whose texts are hostile: exactly that many lines, none too wide, and
// nothing in them that a terminal would act on but styles.
func TestEveryPaneFitsEverySize(t *testing.T) {
	runs := map[string][]pipeline.Event{"demo": demoEvents(t), "hostile": hostile(demoEvents(t))}
	sizes := sizesFrom([2]int{20, 200}, [2]int{6, 60})
	drawn := 0
	for name, events := range runs {
		for _, step := range pipeline.Steps {
			for _, status := range paneStates {
				f := demoFrame(t, events, step, status)
				for tab := range Tabs {
					f.Tab = Tab(tab)
					for view := range len(Views(f)) + 1 { // 0 is all of them
						f.View = view
						for range 9 {
							size := sizes[drawn%len(sizes)]
							f.Width, f.Height, f.Theme = size[0], size[1], themes[drawn%len(themes)]
							f.Cursor, f.Top, f.Left = drawn%11, drawn%5, drawn%4
							if err := fits(f); err != nil {
								t.Fatalf("%s: %s %s, %s, view %d: %v", name, step.ID, status, Tabs[tab], view, err)
							}
							drawn++
						}
					}
				}
			}
		}
	}
	if drawn < len(sizes) {
		t.Errorf("%d panes were drawn, and there are %d sizes", drawn, len(sizes))
	}
}

// sizesFrom gives sizes in which every width and every height comes, in an order
// in which neighbours have little in common.
func sizesFrom(widths, heights [2]int) [][2]int {
	w, h := widths[1]-widths[0]+1, heights[1]-heights[0]+1
	out := make([][2]int, 0, w*h)
	for i := range w * h {
		out = append(out, [2]int{widths[0] + i*37%w, heights[0] + (i*17+i/w)%h})
	}
	return out
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
