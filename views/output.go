package views

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"willbuy/pipeline"
	"willbuy/views/chart"
)

// drawOutput is the Output tab: where the step stands, and its picture.
func (s *sheet) drawOutput() {
	st := s.st
	if s.gridAlone() {
		s.drawGrid()
		return
	}
	switch st.Status {
	case pipeline.New:
		s.drawEmpty()
		return
	case pipeline.Running:
		s.drawProgress()
	case pipeline.Failed:
		s.drawFailure()
	case pipeline.Interrupted:
		s.marked("◦", s.th.Running, s.th.Title, "Interrupted. What was done is kept.")
		text := reached(st)
		if st.Error != "" {
			text = join(" ", sentence(Visible(st.Error)), text)
		}
		s.say(s.th.Muted, text)
		s.hint("r", "goes on where it stopped")
	case pipeline.Stale:
		s.marked("~", s.th.Running, s.th.Title, "This is the result from before: "+Visible(st.Reason)+".")
		s.hint("r", "runs it again with what it needs")
	case pipeline.Blocked:
		s.marked("▪", s.th.Muted, s.th.Title, "Blocked: "+Visible(st.Reason)+".")
		s.hint("r", "tries that step again, then this one")
		if st.Result.Summary == "" {
			s.gap()
			s.say(s.th.Muted, firstSentences(s.f.Step.Why))
			return
		}
	}
	if st.Status != pipeline.Done {
		s.gap()
	}
	if v := viewOf(s.f); v != nil && s.f.View > 1 {
		v.draw(s)
		return
	}
	if st.Result.Summary != "" && !pictures[s.f.Step.ID].telling {
		s.brief(Visible(st.Result.Summary))
	}
	s.drawWarnings()
	s.gap()
	s.drawPicture()
	if look := s.f.Step.Look; look != "" && st.Status == pipeline.Done && !pictures[s.f.Step.ID].grid {
		s.gap()
		s.say(s.th.Muted, "Look: "+look)
	}
	if st.Status == pipeline.Done {
		s.briefWhy()
	}
}

// drawPicture adds the step's picture: the view that is chosen, or all of them.
func (s *sheet) drawPicture() {
	p := pictures[s.f.Step.ID]
	if v := viewOf(s.f); v != nil {
		v.draw(s)
		return
	}
	if p.draw != nil {
		p.draw(s)
	}
	for i, v := range p.views {
		if v.grid != "" { // nothing of it is recorded
			continue
		}
		s.gap()
		if i > 0 || !p.grid { // a grid has the room that is left
			s.began = len(s.lines)
		}
		v.draw(s)
	}
}

// smallPane is the height below which words make room for the picture.
const smallPane = 14

// brief is say for what may be cut to one line on a small screen.
func (s *sheet) brief(text string) {
	if s.f.Height < smallPane {
		text = chart.Cut(text, s.width)
	}
	s.say(s.plainStyle(), text)
}

// drawEmpty says what will be here, what is missing, and the key that makes it.
func (s *sheet) drawEmpty() {
	s.say(s.plainStyle(), firstSentences(s.f.Step.Why))
	s.gap()
	missing := s.missing()
	switch len(missing) {
	case 0:
		s.say(s.th.Title, "Nothing here yet.")
		s.hint("enter", "runs this step")
	default:
		s.say(s.th.Title, "Nothing here yet: "+missingText(missing)+" first.")
		s.hint("enter", fmt.Sprintf("runs this step and the %d before it", len(missing)))
	}
	if look := s.f.Step.Look; look != "" {
		s.gap()
		s.say(s.th.Muted, "Then look: "+look)
	}
	if early := pictures[s.f.Step.ID].early; early != nil {
		early(s)
	}
}

// missing are the steps before this one that are not done, in order.
func (s *sheet) missing() []*pipeline.Step {
	need := map[string]bool{}
	var mark func(*pipeline.Step)
	mark = func(step *pipeline.Step) {
		for _, id := range step.Needs {
			if parent, err := pipeline.FindStep(id); err == nil && !need[id] {
				need[id] = true
				mark(parent)
			}
		}
	}
	mark(s.f.Step)
	var out []*pipeline.Step
	for _, step := range pipeline.Steps {
		if need[step.ID] && s.f.State.Step(step.ID).Status != pipeline.Done {
			out = append(out, step)
		}
	}
	return out
}

func missingText(steps []*pipeline.Step) string {
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = fmt.Sprintf("%d %s", step.Number(), step.Title)
	}
	if len(names) == 1 {
		return "it needs " + names[0]
	}
	if len(names) > 4 {
		return fmt.Sprintf("it needs %s … %s", names[0], names[len(names)-1])
	}
	return "it needs " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// drawFailure is the error, what to do about it, and how to go on.
func (s *sheet) drawFailure() {
	s.marked("!", s.th.Bad, s.th.Title, Visible(s.st.Error))
	if s.st.Hint != "" {
		s.marked("→", s.th.Accent, s.plainStyle(), Visible(s.st.Hint))
	}
	if text := reached(s.st); text != "" {
		s.say(s.th.Muted, text)
	}
	s.hint("r", "retries")
}

// reached says how far an attempt came that did not end.
func reached(st *pipeline.StepState) string {
	p := st.Progress
	if p.Total == 0 {
		return ""
	}
	return "It came to " + amount(p) + "."
}

// hint names a key and what it does.
func (s *sheet) hint(key, does string) {
	s.add(s.th.Accent.Render(key) + " " + chart.Cut(does, s.width-ansi.StringWidth(key)-1))
}

// inside is a hint at a key that acts once the pane has the keys.
func (s *sheet) inside(key, does string) {
	s.hint(s.reached(key), does)
}

// reached is a key of the pane, after the one that leads there if need be.
func (s *sheet) reached(key string) string {
	if s.f.Away {
		return "tab then " + key
	}
	return key
}

// drawWarnings repeats the log's last warnings where they are seen.
func (s *sheet) drawWarnings() {
	var warnings []string
	for _, l := range s.st.Log {
		if l.Level == "warning" {
			warnings = append(warnings, l.Text)
		}
	}
	const most = 2
	for _, w := range warnings[max(0, len(warnings)-most):] {
		if s.f.Height < smallPane {
			w = chart.Cut(Visible(w), s.width-2)
		}
		s.marked("!", s.th.Running, s.plainStyle(), Visible(w))
	}
	if n := len(warnings) - most; n > 0 {
		s.say(s.th.Muted, fmt.Sprintf("  and %s earlier: see Log", pipeline.Plural(int64(n), "warning")))
	}
}
