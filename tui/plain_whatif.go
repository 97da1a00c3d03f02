package tui

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"willbuy/pipeline"
	"willbuy/pipeline/whatif"
)

// whatif asks the model about everybody: with = as if all had the value, with
// += and -= as if all were moved.
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
		p.say("Ask as in: whatif %s=%g", model.Features[0].Name, model.Usual()[0])
		return nil
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
