package tui

import (
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/nearest"
	"willbuy/views"
)

// plainCommand is a word that the plain mode knows. Where it does what a key
// does, the key is a name of it too, and its help is the key's.
type plainCommand struct {
	name string
	args string // how they are written
	key  string // of the key table; "" where there is none
	help string // where there is no key
	do   func(p *plain, args string) error
}

// plainCommands are all words, in the order of the help.
func plainCommands() []plainCommand {
	return []plainCommand{
		{name: "status", help: "Where each step stands.", do: (*plain).status},
		{name: "run", args: "[STEP ...]", key: "enter", do: (*plain).runSteps},
		{name: "all", key: "a", do: func(p *plain, _ string) error { return p.run(pipeline.Request{}) }},
		{name: "retry", key: "r", do: func(p *plain, _ string) error { return p.runSteps("") }},
		{name: "next", key: "n", do: (*plain).next},
		{name: "go", args: "STEP", key: "g", do: (*plain).show},
		{name: "show", args: "[STEP]", help: "Tell the step again: where it stands, what it found, its charts in words.", do: (*plain).show},
		{name: "why", key: "w", help: "Why the step is there, in full.", do: (*plain).why},
		{name: "code", help: "What the step really runs.", do: (*plain).code},
		{name: "params", key: "e", help: "The step's parameters.", do: (*plain).params},
		{name: "set", args: "STEP.PARAM=VALUE", help: "Change a parameter, and say what becomes stale.", do: (*plain).set},
		{name: "checks", help: "What has been checked, and whether it holds.", do: (*plain).checks},
		{name: "log", help: "What the step has logged.", do: (*plain).log},
		{name: "table", args: "[N]", help: "The first N rows that the step made, 5 by default, at most 50.", do: (*plain).table},
		{name: "sql", args: "SELECT ...", key: "s", help: "A read-only query on the lab's tables.", do: (*plain).sql},
		{name: "whatif", args: "[CUSTOMER] FEATURE=VALUE ...", help: "What the model expects if everybody had these values; FEATURE+=D and FEATURE-=D move everybody. Of a customer alone: the smallest change to the other side.", do: (*plain).whatif},
		{name: "runs", help: "The recorded runs.", do: (*plain).runs},
		{name: "replay", args: "RUN", key: "R", do: (*plain).replay},
		{name: "help", key: "?", do: (*plain).tellHelp},
		{name: "quit", key: "q", do: func(p *plain, _ string) error { p.left = true; return nil }},
	}
}

// helpOf is the help of a command: the key's, unless there is none.
func (c plainCommand) helpOf() string {
	for i := range table {
		if b := &table[i]; c.help == "" && b.in&onRail != 0 && b.when == nil && slices.Contains(b.keys, c.key) {
			return b.help
		}
	}
	return c.help
}

func (p *plain) tellHelp(string) error {
	p.say("Commands, one a line. A number or a name of a step alone goes there; an empty line tells the step again.")
	for _, c := range plainCommands() {
		name := c.name
		if len(c.key) == 1 {
			name += " or " + c.key
		}
		p.say("%s: %s", join(" ", name, c.args), c.helpOf())
	}
	p.say("Ctrl-C stops what is under way and keeps what is done.")
	return nil
}

func (p *plain) status(string) error {
	state, err := p.state()
	if err != nil {
		return err
	}
	for _, s := range pipeline.Steps {
		st := state.Step(s.ID)
		line := fmt.Sprintf("%d %s: %s", s.Number(), s.Title, st.Status)
		switch {
		case st.Status == pipeline.Done || st.Status == pipeline.Stale:
			line = join(", ", line, short(st.Result.Seconds))
			if st.Result.Unit != "" {
				line += ", " + pipeline.Thousands(st.Result.Rows) + " " + st.Result.Unit
			}
		case st.Error != "":
			line += ", " + st.Error
		}
		if st.Reason != "" {
			line += " (" + st.Reason + ")"
		}
		p.say("%s.", strings.TrimSuffix(line, "."))
	}
	return nil
}

// runSteps runs the named steps, or the one that we are at.
func (p *plain) runSteps(args string) error {
	ids := strings.Fields(args)
	if len(ids) == 0 {
		ids = []string{p.step.ID}
	}
	for _, id := range ids {
		if _, err := pipeline.FindStep(id); err != nil {
			return err
		}
	}
	if err := p.run(pipeline.Request{Steps: ids}); err != nil {
		return err
	}
	return p.show(ids[len(ids)-1])
}

func (p *plain) next(string) error {
	if p.step.Number() == len(pipeline.Steps) {
		p.say("This is the last step.")
		return nil
	}
	return p.show(pipeline.Steps[p.step.Number()].ID)
}

// show goes to a step and tells it; without a name it tells the one we are at.
func (p *plain) show(name string) error {
	if name != "" {
		step, err := pipeline.FindStep(name)
		if err != nil {
			return err
		}
		p.step = step
	}
	state, err := p.state()
	if err != nil {
		return err
	}
	st := state.Step(p.step.ID)
	for _, line := range views.Summary(state, p.step) {
		before, _, _ := strings.Cut(line, " Run it with: willbuy run") // here it is a word
		p.say("%s", before)
	}
	switch st.Status {
	case pipeline.Done:
		p.say("Look: %s", p.step.Look)
	case pipeline.New:
		p.say("%s run runs it.", views.MarkdownLines(p.step.Why)[0])
	case pipeline.Stale:
		p.say("run runs it again.")
	}
	return nil
}

func (p *plain) why(string) error {
	for _, line := range views.MarkdownLines(p.step.Why) {
		p.say("%s", line)
	}
	return nil
}

func (p *plain) code(string) error {
	state, err := p.state()
	if err != nil {
		return err
	}
	code := state.Step(p.step.ID).Code
	if code == "" && p.step.Code != nil {
		code = p.step.Code(p.ws.Lab(), p.ws.Scope(p.step))
	}
	if code == "" {
		p.say("%s has no code of its own.", p.step.Title)
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimRight(code, "\n"), "\n") {
		p.say("%s", line)
	}
	return nil
}

func (p *plain) params(string) error {
	if len(p.step.Params) == 0 {
		p.say("%s has no parameters.", p.step.Title)
	}
	values := p.ws.Values(p.step)
	for _, param := range p.step.Params {
		line := fmt.Sprintf("%s.%s is %s", p.step.ID, param.Name, shown(param, values[param.Name]))
		if values[param.Name] != param.Default && param.FromLab == nil {
			line += ", by default " + shown(param, param.Default)
		}
		p.say("%s. %s", join(", ", line, param.Range(), param.Unit), param.Help)
	}
	return nil
}

func (p *plain) set(args string) error {
	step, name, value, err := pipeline.ParseSetting(args)
	if err != nil {
		return err
	}
	if err := p.ws.Set(step, name, value); err != nil {
		return err
	}
	state, err := p.state()
	if err != nil {
		return err
	}
	var stale []string
	for _, s := range pipeline.Dependants(step) {
		if state.Step(s.ID).Status == pipeline.Stale {
			stale = append(stale, s.Title)
		}
	}
	param, _ := step.Param(name) // ParseSetting found it
	text := fmt.Sprintf("%s.%s is now %s.", step.ID, name, shown(param, value))
	if len(stale) > 0 {
		text += fmt.Sprintf(" Stale now: %s. all runs them.", strings.Join(stale, ", "))
	}
	p.say("%s", text)
	return nil
}

func (p *plain) checks(string) error {
	state, err := p.state()
	if err != nil {
		return err
	}
	checks := state.Step(p.step.ID).Checks
	if len(checks) == 0 {
		p.say("%s has checked nothing yet.", p.step.Title)
	}
	for _, c := range checks {
		word := map[bool]string{true: "Holds", false: "DOES NOT HOLD"}[c.OK]
		p.say("%s: %s.", word, join(", ", strings.TrimSuffix(c.Name, "."), strings.TrimSuffix(c.Detail, ".")))
	}
	return nil
}

func (p *plain) log(string) error {
	state, err := p.state()
	if err != nil {
		return err
	}
	entries := state.Step(p.step.ID).Log
	if len(entries) == 0 {
		p.say("%s has logged nothing.", p.step.Title)
	}
	for _, l := range entries {
		p.say("%s: %s", l.Level, l.Text)
	}
	return nil
}

// didYouMean is "; did you mean X?", or nothing where no candidate is near.
func didYouMean(word string, candidates []string) string {
	if near := nearest.Close(word, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
