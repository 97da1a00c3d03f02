package views

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/registry"
	"willbuy/store"
	"willbuy/views/chart"
)

// The names of the views of step register.
const (
	VersionsView   = "Versions"
	DifferenceView = "Difference"
	CardView       = "Card"
)

// registerViews show which models there are, how two differ, and all about one.
var registerViews = []view{
	{name: VersionsView, draw: drawVersions, rows: versionRows},
	{name: DifferenceView, draw: drawDifference},
	{name: CardView, draw: drawCard, rows: versionRows},
}

// versions are the registry's, the newest first: as they are now, or the one or
// two that the step recorded.
func versions(f Frame) []registry.Version {
	if f.Lens != nil && f.Lens.Versions != nil {
		out := slices.Clone(f.Lens.Versions)
		slices.Reverse(out)
		return out
	}
	var out []registry.Version
	facts := f.State.Step(f.Step.ID).Result.Facts
	for _, name := range []string{"card", "previous"} {
		var v registry.Version
		text, err := json.Marshal(facts[name])
		if err == nil && facts[name] != nil && json.Unmarshal(text, &v) == nil {
			out = append(out, v)
		}
	}
	return out
}

func versionRows(f Frame) int {
	if f.Lens != nil && f.Lens.Versions != nil {
		return len(f.Lens.Versions)
	}
	return rowsOf("versions")(f)
}

// VersionAt is the name of the version that the frame's cursor is on; "" where
// there is none.
func VersionAt(f Frame) string {
	if f.Lens != nil && f.Lens.Versions != nil {
		all := versions(f)
		return all[min(max(0, f.Cursor), len(all)-1)].Version
	}
	t, _ := f.State.Step(f.Step.ID).Table("versions")
	if names := words(t, "VERSION"); len(names) > 0 {
		return names[min(max(0, f.Cursor), len(names)-1)]
	}
	return ""
}

// drawVersions lists the versions, the newest first, and the chosen one's
// difference to the one before, with the sample of the newest's input.
func drawVersions(s *sheet) {
	t, ok := s.st.Table("versions")
	if live := s.lens().Versions; live != nil {
		t, ok = pipeline.VersionsTable(cmp.Or(t.Title, "Versions"), live), true
	}
	if !ok || len(t.Rows) == 0 {
		s.notYet()
		return
	}
	cursor := s.cursor(len(t.Rows))
	shown := usedColumns(t)
	if picked := s.lens().Picked; len(picked) > 0 {
		s.mark(&shown, words(t, "VERSION"), picked)
	}
	s.add(title(s.th, Visible(t.Title), pipeline.Plural(t.Total, "version"), s.width))
	s.addList(shown.Columns, shown.Rows, cursor, 0)
	s.gap()
	if text := againstPrevious(t, cursor); text != "" {
		s.say(s.plainStyle(), text)
	}
	s.inside("space", "picks two versions, d compares, enter shows the card")
	if sample, ok := s.st.Table("sample"); ok && len(sample.Rows) > 0 {
		s.gap()
		s.addTable(sample, 5)
	}
	if hash, ok := s.st.Result.Facts["sha256"].(string); ok {
		s.gap()
		s.say(s.th.Muted, "SHA-256 "+Visible(hash))
	}
}

// mark puts a column before the others that says which versions are picked.
func (s *sheet) mark(t *pipeline.Table, versions, picked []string) {
	t.Columns = append([]store.Column{{Name: "", Type: store.String}}, t.Columns...)
	for i, row := range t.Rows {
		sign := "·"
		if slices.Contains(picked, versions[i]) {
			sign = "✓"
		}
		t.Rows[i] = append([]any{sign}, row...)
	}
}

// usedColumns leaves out the columns in which no row has anything; a metric of
// zero is one that the objective does not have.
func usedColumns(t pipeline.Table) pipeline.Table {
	out := pipeline.Table{Name: t.Name, Title: t.Title, Total: t.Total, Rows: make([][]any, len(t.Rows))}
	for j, c := range t.Columns {
		used := false
		for _, row := range t.Rows {
			used = used || j < len(row) && row[j] != nil && row[j] != "" && !(c.Type == store.Float && row[j] == 0.0)
		}
		if !used {
			continue
		}
		out.Columns = append(out.Columns, c)
		for i, row := range t.Rows {
			value := row[j]
			if text, ok := value.(string); ok && c.Type == store.Instant {
				value = moment(text)
			}
			out.Rows[i] = append(out.Rows[i], value)
		}
	}
	return out
}

// moment writes an instant of an event to the minute.
func moment(text string) string {
	text = strings.Replace(text, "T", " ", 1)
	return text[:min(len(text), 16)]
}

// drawDifference compares two versions: those that are picked, or the newest
// with the one before.
func drawDifference(s *sheet) {
	before, after, ok := s.compared()
	if !ok {
		if len(versions(s.f)) == 1 {
			s.say(s.plainStyle(), "There is one version so far. Change a parameter of Train, run Register again, and the difference stands here.")
			return
		}
		s.notYet()
		return
	}
	s.add(title(s.th, oneLine(before.Version+" → "+after.Version), "pick others with space under "+VersionsView, s.width))
	changes := registry.Diff(before, after)
	if len(changes) == 0 {
		s.say(s.plainStyle(), "They do not differ in parameters, metrics, features, encoders or label.")
		return
	}
	kind := ""
	name, value := 0, 0
	for _, c := range changes {
		name = max(name, min(chart.Width(c.Name), 22))
	}
	if value = min(24, (s.width-2-name-5-10)/2); value < 6 {
		value = 6
	}
	for _, c := range changes {
		if c.Kind != kind {
			kind = c.Kind
			s.gap()
			s.add(s.th.Title.Render(map[string]string{"parameter": "Parameters", "metric": "Metrics", "features": "Features", "encoder": "Encoders", "label": "Label"}[kind]))
		}
		if kind == "features" || kind == "encoder" {
			s.say(s.plainStyle(), join("  ", "  "+s.featureName(c.Name), listChange(c.Old, c.New)))
			continue
		}
		was, is, verdict := cmp.Or(oneLine(c.Old), "–"), cmp.Or(oneLine(c.New), "–"), ""
		if kind == "metric" {
			x, errX := strconv.ParseFloat(c.Old, 64)
			y, errY := strconv.ParseFloat(c.New, 64)
			if errX == nil {
				was = metric(x)
			}
			if errY == nil {
				is = metric(y)
			}
			if errX == nil && errY == nil {
				verdict = s.verdict(c.Name, x, y)
			}
		}
		s.add(chart.Cut("  "+chart.Pad(oneLine(c.Name), name)+chart.PadLeft(chart.Cut(was, value), value)+"  →  "+s.th.Accent.Render(chart.Pad(chart.Cut(is, value), value))+"  "+verdict, s.width))
	}
}

// compared are the versions to compare, the older first.
func (s *sheet) compared() (before, after registry.Version, ok bool) {
	all, picked := versions(s.f), s.lens().Picked
	var two []registry.Version
	for _, v := range all {
		if slices.Contains(picked, v.Version) {
			two = append(two, v)
		}
	}
	if len(two) == 1 { // against the one before, or after
		i := slices.IndexFunc(all, func(v registry.Version) bool { return v.Version == two[0].Version })
		if i+1 < len(all) {
			two = append(two, all[i+1])
		} else if i > 0 {
			two = []registry.Version{all[i-1], two[0]}
		}
	}
	if len(two) < 2 {
		two = all
	}
	if len(two) < 2 {
		return before, after, false
	}
	return two[1], two[0], true
}

// verdict says whether a metric became better.
func (s *sheet) verdict(name string, before, after float64) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "train_"), "validation_")
	if name == "rows" || name == "base_rate" || name == "logloss_base" || before == after {
		return ""
	}
	higher := name == "auc" || name == "pr_auc" || name == "ks"
	if (after > before) == higher {
		return s.th.Good.Render("✓ better")
	}
	return s.th.Bad.Render("! worse")
}

// listChange says what a list of names lost and gained.
func listChange(before, after string) string {
	old, now := strings.Split(before, ", "), strings.Split(after, ", ")
	var parts []string
	for _, name := range old {
		if !slices.Contains(now, name) {
			parts = append(parts, "− "+oneLine(name))
		}
	}
	for _, name := range now {
		if !slices.Contains(old, name) {
			parts = append(parts, "+ "+oneLine(name))
		}
	}
	if len(parts) == 0 {
		return "another order: " + oneLine(after)
	}
	return strings.Join(parts, " · ")
}

// againstPrevious compares the metrics of a version with the one before it.
func againstPrevious(t pipeline.Table, i int) string {
	if i+1 >= len(t.Rows) {
		return ""
	}
	versions := words(t, "VERSION")
	var parts []string
	for _, metric := range []string{"AUC", "RMSE", "LOGLOSS"} {
		values := numbers(t, metric)
		if now, before := values[i], values[i+1]; now > 0 && before > 0 {
			verdict := "as good"
			if better := (now > before) == (metric == "AUC"); now != before && better {
				verdict = "better"
			} else if now != before {
				verdict = "worse"
			}
			parts = append(parts, fmt.Sprintf("%s %s → %s (%s)", metric, chart.Number(before), chart.Number(now), verdict))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s against %s: %s", versions[i], versions[i+1], strings.Join(parts, ", "))
}
