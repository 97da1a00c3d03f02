package whatif

import (
	"math"
	"slices"
	"testing"

	"willbuy/pipeline/gbtree"
)

func TestCurvesAreWhatSettingTheValueGives(t *testing.T) {
	for _, objective := range []string{gbtree.Logistic, gbtree.SquaredError} {
		s := newShop(t, 6, 2600, func(p *gbtree.Params) { p.Objective = objective })
		study := s.study(t)
		who := study.Everyone().Filter(func(row []float32) bool { return row[3] > 0 })
		for f := range shopFeatures {
			c, err := study.Curve(t.Context(), who, f, 15, 7)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Points) < 3 || len(c.Points) > 15 || len(c.Lines) != 7 {
				t.Errorf("%s: %d points and %d lines", c.Feature, len(c.Points), len(c.Lines))
			}
			for v, p := range c.Points {
				if v > 0 && p.Value <= c.Points[v-1].Value {
					t.Errorf("%s: %g after %g", c.Feature, p.Value, c.Points[v-1].Value)
				}
				e, err := study.Change(t.Context(), who, []Move{{f, Set, p.Value}})
				if err != nil || !near(e.After/float64(e.Customers), p.Mean) {
					t.Errorf("%s = %g: mean %g, setting it gives %g (%v)", c.Feature, p.Value, p.Mean, e.After/float64(e.Customers), err)
				}
				var each []float64
				for i, n := range who.Count {
					row := slices.Clone(who.Row(i))
					row[f] = p.Value
					for range n {
						each = append(each, Purchase(s.model, row))
					}
				}
				slices.Sort(each)
				tenth, ninth := each[(len(each)-1)/10], each[int(math.Ceil(0.9*float64(len(each))))-1]
				if math.Abs(p.Low-tenth) > 2e-3 || math.Abs(p.High-ninth) > 2e-3 {
					t.Errorf("%s = %g: %g to %g, the customers have %g to %g", c.Feature, p.Value, p.Low, p.High, tenth, ninth)
				}
				for _, line := range c.Lines {
					row := slices.Clone(line.Row)
					row[f] = p.Value
					if line.Purchases[v] != Purchase(s.model, row) {
						t.Errorf("%s = %g: the line of %v has %g", c.Feature, p.Value, line.Row, line.Purchases[v])
					}
				}
			}
		}
	}
}

func TestStarsAndCodesHaveAllTheirPoints(t *testing.T) {
	study := newShop(t, 6, 400, nil).study(t)
	c, err := study.Curve(t.Context(), study.Everyone(), 1, 20, 0)
	if err != nil || len(c.Points) != 5 || c.Points[4].Value != 5 {
		t.Errorf("the curve of one to five stars: %+v (%v)", c.Points, err)
	}
	all := study.Everyone().moved([]Move{{0, Set, nan}})
	blind, err := New(study.Model(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = blind.Curve(t.Context(), all, 0, 20, 3); err != nil || len(c.Points) != 0 {
		t.Errorf("the curve of a feature that is always missing: %+v (%v)", c, err)
	}
}
