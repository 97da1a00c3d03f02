package views

import (
	"strings"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// whyWidth is how wide running text gets: longer lines are hard to follow.
const whyWidth = 76

// Why is a step's reason in full, with what to look at in its result.
func Why(step *pipeline.Step, width int, th chart.Theme) []string {
	lines := Markdown(step.Why, min(width, whyWidth), th)
	if step.Look != "" {
		lines = append(lines, "")
		lines = append(lines, wrapped(th.Accent, "Look: "+step.Look, min(width, whyWidth))...)
	}
	return lines
}

// briefWhy adds the two sentences, where the pane has room to spare.
func (s *sheet) briefWhy() {
	const more = " w\u00a0says\u00a0more." // a key is not cut from its words
	lines := wrapped(s.th.Muted, firstSentences(s.f.Step.Why)+more, min(s.width, whyWidth))
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "\u00a0", " ")
	}
	if s.left() > len(lines)+1 {
		s.gap()
		s.add(lines...)
	}
}

// firstSentences is the first paragraph of a step's reason, which is two
// sentences by rule, without markdown's marks.
func firstSentences(why string) string {
	first, _, _ := strings.Cut(why, "\n\n")
	return strings.NewReplacer("\n", " ", "`", "", "**", "").Replace(first)
}
