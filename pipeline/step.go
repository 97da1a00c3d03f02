package pipeline

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Step is one of the lab's fifteen. Its fields are data; what it does is in
// Run, in the file step_<id>.go.
type Step struct {
	ID       string
	Title    string
	Question string // what the step answers, for the pane's title
	Why      string // markdown, from why/<id>.md: two sentences first, then more
	Look     string // what to look at in its result
	Needs    []string
	Params   []Param
	Version  int // raised when the same inputs would give another result

	// Spare steps hold a model or pass many texts: the store shall leave memory
	// to them.
	Spare bool
	// Outside hashes what the step reads that no other step made, such as
	// the files of the stage; nil when there is nothing.
	Outside func(context.Context, *Workspace) (string, error)
	// Code is the SQL or pseudo-code that really runs, filled in with the values
	// of Workspace.Scope.
	Code func(Lab, Values) string
	// Checks are what must be true once Run has ended.
	Checks []Rule
	Run    func(context.Context, *Exec) (StepFinished, error)
}

// Rule is a check written as a query for the rows that break it: it holds when
// there are none. Query may use the lab's names.
type Rule struct {
	Name  string // a claim, such as "every UUID stands once among the reviews"
	Query func(Lab) string
}

// whyFiles say why each step is there, for someone new: two sentences, then what
// happens to the data, what to look for, and how the Snowflake lab does it.
//
//go:embed why/*.md
var whyFiles embed.FS

// Steps are the lab's steps in order. Their numbers are their places, from 1.
// They are set in init because steps look each other up.
var Steps []*Step

func init() {
	Steps = []*Step{
		setupStep, clusterStep, readStep, parseStep, qualityStep,
		saveStep, sentimentStep, joinStep, encodeStep, trainStep,
		registerStep, explainStep, jobsStep, automateStep, dashboardStep,
	}
	for _, s := range Steps {
		why, err := whyFiles.ReadFile("why/" + s.ID + ".md")
		if err != nil {
			panic(err) // the texts are ours
		}
		s.Why = string(why)
	}
}

// StepIDs are the steps' names in order.
func StepIDs() []string {
	ids := make([]string, len(Steps))
	for i, s := range Steps {
		ids[i] = s.ID
	}
	return ids
}

// FindStep gives a step by name, or by number from 1. An unknown one is
// answered with the nearest.
func FindStep(name string) (*Step, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(Steps) {
		return Steps[n-1], nil
	}
	for _, s := range Steps {
		if strings.EqualFold(s.ID, name) {
			return s, nil
		}
	}
	return nil, Usage(fmt.Errorf("there is no step %q%s; the steps are %s",
		name, didYouMean(name, StepIDs()), strings.Join(StepIDs(), ", ")))
}

// mustStep gives one of our own steps, by a name that is ours.
func mustStep(id string) *Step {
	s, err := FindStep(id)
	if err != nil {
		panic(err)
	}
	return s
}

// Number is the step's place, from 1.
func (s *Step) Number() int { return slices.Index(Steps, s) + 1 }

// Param gives a parameter's declaration by name.
func (s *Step) Param(name string) (Param, error) {
	var names []string
	for _, p := range s.Params {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return Param{}, Usage(fmt.Errorf("step %s has no parameters", s.ID))
	}
	return Param{}, Usage(fmt.Errorf("step %s has no parameter %q%s; it has %s",
		s.ID, name, didYouMean(name, names), strings.Join(names, ", ")))
}

// ParseSetting reads "step.param=value" and gives the value's normal form.
func ParseSetting(text string) (step *Step, param, value string, err error) {
	where, value, ok := strings.Cut(text, "=")
	id, name, ok2 := strings.Cut(where, ".")
	if !ok || !ok2 {
		return nil, "", "", Usage(fmt.Errorf("a setting is step.param=value, not %q", text))
	}
	if step, err = FindStep(id); err != nil {
		return nil, "", "", err
	}
	p, err := step.Param(name)
	if err != nil {
		return nil, "", "", err
	}
	if value, err = p.Normal(value); err != nil {
		return nil, "", "", Usage(fmt.Errorf("set %s: %w", where, err))
	}
	return step, name, value, nil
}

// ancestors gives the step and all that it needs, as a set of ids.
func ancestors(s *Step) map[string]bool {
	set := map[string]bool{s.ID: true}
	for _, need := range s.Needs {
		for id := range ancestors(mustStep(need)) {
			set[id] = true
		}
	}
	return set
}
