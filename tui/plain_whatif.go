package tui

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
	"willbuy/views"
)

// whatif asks the model about everybody: with = as if all had the value, with
// += and -= as if all were moved; or, after an id, about that customer.
func (p *plain) whatif(args string) error {
	ctx, done := p.interruptible()
	defer done()
	model, err := p.ws.OpenWhatIf(ctx)
	if err != nil {
		return err
	}
	if args == "" {
		for f, feature := range model.Features {
			line := fmt.Sprintf("%s, %s: usually %s", feature.Name, feature, feature.Value(model.Usual()[f]))
			if len(feature.Classes) > 0 {
				line += "; it is one of " + strings.Join(feature.Classes, ", ")
			}
			p.say("%s.", line)
		}
		p.say("Ask as in: whatif %s=%g, or of one customer, whose id stands before.", model.Features[0].Name, model.Usual()[0])
		return nil
	}
	if words := strings.Fields(args); !strings.Contains(words[0], "=") {
		return p.whatifOne(ctx, model, words[0], words[1:])
	}
	ask := pipeline.Question{From: model.Usual(), To: slices.Clone(model.Usual())}
	moved := false
	for text := range strings.FieldsSeq(args) {
		m, err := whatif.ParseMove(text, model.Features)
		if err != nil {
			return err
		}
		switch m.Op {
		case whatif.Set: // also where it is the usual value: not all have it
			ask.From[m.Feature], ask.To[m.Feature] = float32(math.NaN()), m.By
		case whatif.Add:
			ask.To[m.Feature] += m.By
			moved = true
		case whatif.Subtract:
			ask.To[m.Feature] -= m.By
			moved = true
		default:
			return pipeline.Hint(fmt.Errorf("%s: here it is =, += or -=", text), "willbuy whatif knows the others.")
		}
	}
	answer, err := model.Answer(ctx, ask)
	if err != nil {
		return err
	}
	effect, how := answer.Set, "had these values"
	if moved {
		effect, how = answer.Shift, "were moved so far"
	}
	if effect == nil {
		p.say("That is what is usual already; nothing would change.")
		return nil
	}
	per := func(purchases float64) float64 { return effect.PerThousand(purchases) }
	p.say("If all %s customers %s: %.0f → %.0f purchases of 1,000 customers (%+.0f).", pipeline.Thousands(effect.Customers), how,
		per(effect.Before), per(effect.After), per(effect.Change))
	p.say("%s", whatif.Caveat)
	return nil
}

// whatifOne asks the model about a customer: with other values, or without any
// for the smallest change to the other side.
func (p *plain) whatifOne(ctx context.Context, model *pipeline.WhatIf, id string, words []string) error {
	customer, err := p.ws.FindCustomer(ctx, id)
	if err != nil {
		return err
	}
	ask := pipeline.Question{From: customer.Row, To: slices.Clone(customer.Row), One: true}
	for _, text := range words {
		m, err := whatif.ParseMove(text, model.Features)
		if err != nil {
			return err
		}
		ask.To[m.Feature] = m.Apply(ask.To[m.Feature])
	}
	if len(words) == 0 {
		flip, err := model.Flip(ctx, customer.Row)
		if err != nil {
			return err
		}
		p.say("Customer %s buys with %.1f%%. The smallest change to the other side:", views.Visible(customer.ID), 100*flip.From)
		for _, step := range flip.Steps {
			p.say("%s: %s → %s.", step.Feature, views.Visible(step.Feature.Value(step.From)), views.Visible(step.Feature.Value(step.To)))
		}
		if len(flip.Steps) == 0 {
			p.say("none within what was seen.")
			return nil
		}
		p.say("Then: %.1f%%.", 100*flip.To)
		return nil
	}
	answer, err := model.Answer(ctx, ask)
	if err != nil {
		return err
	}
	p.say("Customer %s buys with %.1f%% → %.1f%%.", views.Visible(customer.ID), 100*answer.Before, 100*answer.After)
	p.say("%s", whatif.Caveat)
	return nil
}
