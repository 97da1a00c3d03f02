package views

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/gbtree"
	"willbuy/pipeline/registry"
	"willbuy/views/chart"
)

// drawCard is the model card of the chosen version: what it is, on what it was
// trained, how good it is and where its limits are, and how to load it (after
// Mitchell et al. 2019).
func drawCard(s *sheet) {
	all := versions(s.f)
	if len(all) == 0 {
		s.notYet()
		return
	}
	v := all[min(max(0, s.f.Cursor), len(all)-1)]
	if len(all) > 1 && s.lens().Versions != nil {
		s.inside("↑ ↓", fmt.Sprintf("another version: this is %d of %d", min(max(0, s.f.Cursor), len(all)-1)+1, len(all)))
		s.gap()
	}
	if s.width < 110 {
		s.add(s.cardFacts(v, s.width)...)
		s.gap()
		s.add(s.cardMetrics(v, s.width)...)
		s.gap()
		s.add(s.cardInputs(v, s.width)...)
		s.gap()
		s.add(s.cardLimits(v, s.width)...)
		s.gap()
		s.add(s.cardPython(v, s.width)...)
		return
	}
	half := (s.width - 4) / 2
	one := slices.Concat(s.cardFacts(v, half), []string{""}, s.cardInputs(v, half), []string{""}, s.cardLimits(v, half))
	two := slices.Concat(s.cardMetrics(v, half), []string{""}, s.cardPython(v, half))
	s.add(beside(4, []int{half, half}, one, two)...)
}

// cardFacts says what the version is and what it was trained on and with.
func (s *sheet) cardFacts(v registry.Version, width int) []string {
	name := v.Name + " " + v.Version
	if len(v.Aliases) > 0 {
		name += " · " + strings.Join(v.Aliases, ", ")
	}
	lines := []string{s.th.Title.Render(chart.Cut(oneLine(name), width))}
	say := func(what, text string) {
		if text == "" {
			return
		}
		for i, line := range wrapped(s.plainStyle(), oneLine(text), max(1, width-12)) {
			if i > 0 {
				what = ""
			}
			lines = append(lines, s.th.Muted.Render(chart.Pad(what, 12))+line)
		}
	}
	kind := "gradient-boosted trees, " + v.Parameters["objective"]
	if v.Parameters["objective"] == gbtree.Logistic {
		kind += ": the probability that a customer buys"
	} else {
		kind += ": the expected purchase, 0 to 1"
	}
	say("What", kind)
	say("Made", join(" · ", v.Created.Format("2006-01-02 15:04"), "run "+v.Run, pipeline.Bytes(v.Size)))
	say("Trained on", fmt.Sprintf("%s customers; judged by %s that it never saw; label %s", pipeline.Thousands(v.TrainRows), pipeline.Thousands(v.ValidationRows), v.Label))
	var params, standard []string
	step, _ := pipeline.FindStep("train")
	for _, p := range step.Params {
		value, ok := v.Parameters[p.Name]
		if !ok || value == "" {
			continue
		}
		if value == p.Default {
			standard = append(standard, p.Name+" "+value)
		} else {
			params = append(params, p.Name+" "+value)
		}
	}
	say("Changed", strings.Join(params, " · "))
	say("As usual", strings.Join(standard, " · "))
	say("Tags", pipeline.TagsOf(v))
	say("Comment", v.Comment)
	return lines
}

// cardMetrics lists the metrics with their intervals, those of the rows that the
// model never saw before those that it learnt from.
func (s *sheet) cardMetrics(v registry.Version, width int) []string {
	lines := []string{title(s.th, "How good it is", "95% interval", width)}
	for _, part := range []string{"validation_", "train_"} {
		for _, name := range slices.Sorted(maps.Keys(v.Metrics)) {
			short, ok := strings.CutPrefix(name, part)
			if !ok || short == "rows" || part == "train_" && v.ValidationRows > 0 && short != "auc" {
				continue
			}
			interval := ""
			if i, ok := v.Intervals[name]; ok {
				interval = metric(i[0]) + " … " + metric(i[1])
			}
			if part == "train_" && v.ValidationRows > 0 {
				interval = "on what it learnt from"
			}
			line := chart.Pad(oneLine(short), 14) + s.th.Title.Render(chart.PadLeft(metric(v.Metrics[name]), 9)) + chart.PadLeft(interval, max(0, width-23))
			lines = append(lines, chart.Cut(line, width))
		}
	}
	return lines
}

// cardInputs lists the inputs, with the words behind codes.
func (s *sheet) cardInputs(v registry.Version, width int) []string {
	lines := []string{title(s.th, "Inputs", "in this order", width)}
	for _, name := range v.Features {
		in := s.f.Lab.Input(name)
		text := join(", ", in.Say, in.Unit)
		if classes := v.Encoders[name]; len(classes) > 0 {
			parts := make([]string, len(classes))
			for code, class := range classes {
				parts[code] = fmt.Sprintf("%d %s", code, shortWords(class))
			}
			text = strings.Join(parts, " · ")
		}
		at := min(24, width/2)
		for i, line := range wrapped(s.th.Muted, oneLine(text), max(1, width-at)) {
			if i > 0 {
				name = ""
			}
			lines = append(lines, chart.Pad(oneLine(name), at)+line)
		}
	}
	return lines
}

// cardLimits says what the model is not good for.
func (s *sheet) cardLimits(v registry.Version, width int) []string {
	limits := []string{
		"It tells what goes with buying, not what causes it: a change of an input may move purchases less, or more, than it says.",
		"Beyond the values that it was trained on it answers with the nearest it has seen.",
		"A code that the encoders do not know counts as missing or as a neighbour; encode anew when new words come.",
	}
	if v.ValidationRows > 0 && v.ValidationRows < 1000 {
		limits = append(limits, fmt.Sprintf("Only %s customers judge it: the intervals are wide for that reason.", pipeline.Thousands(v.ValidationRows)))
	}
	lines := []string{s.th.Title.Render("Limits")}
	for _, limit := range limits {
		for i, line := range wrapped(s.plainStyle(), limit, max(1, width-2)) {
			mark := "  "
			if i == 0 {
				mark = s.th.Muted.Render("· ")
			}
			lines = append(lines, mark+line)
		}
	}
	return lines
}

// cardPython is how to use the version without willbuy.
func (s *sheet) cardPython(v registry.Version, width int) []string {
	lines := []string{title(s.th, "In Python", "pip install xgboost", width)}
	row := make([]string, 0, len(v.Features))
	for _, name := range v.Features {
		value := "nan"
		if len(v.SampleInput) > 0 {
			if x, ok := number(v.SampleInput[0][name]); ok {
				value = shortNumberPlain(x)
			}
		}
		row = append(row, value)
	}
	code := []string{
		"import numpy, xgboost",
		"# in the folder of the lab",
		fmt.Sprintf("path = %q", fmt.Sprintf("models/%s/%s/model.json", v.Name, v.Version)),
		"booster = xgboost.Booster(model_file=path)",
		fmt.Sprintf("rows = numpy.array([[%s]])", strings.Join(row, ", ")),
		"names = booster.feature_names",
		"data = xgboost.DMatrix(rows, feature_names=names)",
		"booster.predict(data)",
	}
	for _, line := range code {
		lines = append(lines, s.th.Muted.Render("│ ")+chart.Cut(oneLine(line), max(1, width-2)))
	}
	return append(lines, wrapped(s.th.Muted, "SHA-256 "+Visible(v.SHA256), width)...)
}

// shortNumberPlain writes a number as Python reads it.
func shortNumberPlain(x float64) string { return strings.Replace(shortNumber(x), "−", "-", 1) }
