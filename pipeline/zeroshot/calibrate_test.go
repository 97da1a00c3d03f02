package zeroshot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// population draws texts as two models might answer them: three entailment
// logits of spread 1, and a quick model that errs by noise.
func population(n int, seed uint64, noise func(r *rand.Rand, x float64) float64) []Probe {
	r := rand.New(rand.NewPCG(seed, 1))
	probes := make([]Probe, n)
	for i := range probes {
		var exact, quick [3]float64
		first := 0
		for k := range exact {
			exact[k] = r.NormFloat64()
			quick[k] = exact[k] + noise(r, exact[k])
			if quick[k] > quick[first] {
				first = k
			}
		}
		margin, lead := math.Inf(1), math.Inf(1)
		for k := range exact {
			if k != first {
				margin, lead = min(margin, quick[first]-quick[k]), min(lead, exact[first]-exact[k])
			}
		}
		probes[i] = Probe{Margin: margin, Exact: true, Lead: lead}
	}
	return probes
}

// learn calibrates on texts of which the exact model answers what it is asked;
// above is how many of these answers are for margins above the threshold.
func learn(truth []Probe) (c Calibration, above int) {
	probes := make([]Probe, len(truth))
	for i, p := range truth {
		probes[i].Margin = p.Margin
	}
	for ask := next(probes, 0); len(ask) > 0; ask = next(probes, 0) {
		for _, i := range ask {
			probes[i] = truth[i]
		}
	}
	c = calibrate(probes)
	for _, p := range probes {
		if p.Exact && p.Margin >= c.Threshold {
			above++
		}
	}
	return c, above
}

// Whatever the law of the quick model's errors, thresholds learnt from samples
// keep their promise on the texts that were not in the sample.
func TestThresholdKeepsItsPromiseOnUnseenTexts(t *testing.T) {
	const samples = 60
	for _, law := range []struct {
		name  string
		noise func(*rand.Rand, float64) float64
		worst float64 // agreement from any one sample
	}{
		{"small", func(r *rand.Rand, _ float64) float64 { return 0.03 * r.NormFloat64() }, 0.99},
		{"normal", func(r *rand.Rand, _ float64) float64 { return 0.12 * r.NormFloat64() }, 0.99},
		{"heavy tail", func(r *rand.Rand, _ float64) float64 { return 0.05 * r.NormFloat64() / math.Sqrt(r.ExpFloat64()+0.05) }, 0.99},
		{"outliers", func(r *rand.Rand, _ float64) float64 { // few samples hold enough of them
			if r.Float64() < 0.02 {
				return 0.8 * r.NormFloat64()
			}
			return 0.05 * r.NormFloat64()
		}, 0.988},
		{"flattened", func(r *rand.Rand, x float64) float64 { return -0.2*x + 0.08*r.NormFloat64() }, 0.99},
	} {
		t.Run(law.name, func(t *testing.T) {
			unseen := population(40_000, 99, law.noise)
			agreement, told, redone, expected, worst, both, spare := 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0
			for seed := range uint64(samples) {
				c, above := learn(population(SampleTexts, seed, law.noise))
				changed, below := 0, 0
				for _, p := range unseen {
					switch {
					case p.Margin < c.Threshold:
						below++
					case p.Lead < 0:
						changed++
					}
				}
				agrees := 1 - float64(changed)/float64(len(unseen))
				agreement += agrees / samples
				worst = min(worst, agrees)
				told += c.Agreement / samples
				redone += float64(below) / float64(len(unseen)) / samples
				expected += c.Redone / samples
				spare += float64(above) / samples
				both += float64(c.Both) / samples
			}
			t.Logf("agreement %.4f on average, %.4f at worst, %.4f told; redone %.3f, %.3f told; %.0f answered both ways, %.0f of them above the threshold", agreement, worst, told, redone, expected, both, spare)
			if agreement < MinAgreement || worst < law.worst {
				t.Errorf("agreement is %.4f, at worst %.4f", agreement, worst)
			}
			if math.Abs(told-agreement) > 0.003 || math.Abs(expected-redone) > 0.02 {
				t.Errorf("told is an agreement of %.4f with %.3f redone; it is %.4f with %.3f", told, expected, agreement, redone)
			}
			if spare > spread+5 {
				t.Errorf("%.0f exact answers were given that the threshold does not want", spare)
			}
		})
	}
}

func TestUselessQuickModelDoesNotPay(t *testing.T) {
	c, _ := learn(population(SampleTexts, 3, func(r *rand.Rand, _ float64) float64 { return 2 * r.NormFloat64() }))
	if c.Pays() {
		t.Errorf("%+v pays", c)
	}
	ties := make([]Probe, SampleTexts) // labels that are all the same
	for i := range ties {
		ties[i].Exact = true
	}
	if c, _ := learn(ties); c.Pays() || !math.IsInf(c.Threshold, 1) || c.Agreement != 1 || c.Both != SampleTexts {
		t.Errorf("%+v", c)
	}
}

func TestTwinsNeedNoSecondLook(t *testing.T) {
	c, _ := learn(population(SampleTexts, 4, func(*rand.Rand, float64) float64 { return 0 }))
	if c.Redone > 0.01 || c.Changed != 0 || c.Both != spread || c.Agreement < 0.997 || c.Agreement == 1 {
		t.Errorf("%+v", c)
	}
}

func TestCalibrationDoesNotDependOnTheOrderOfTheSample(t *testing.T) {
	probes := population(SampleTexts, 5, func(r *rand.Rand, _ float64) float64 { return 0.1 * r.NormFloat64() })
	want, _ := learn(probes)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(probes), func(i, j int) { probes[i], probes[j] = probes[j], probes[i] })
	if got, _ := learn(probes); got != want {
		t.Errorf("%+v, before %+v", got, want)
	}
}

// Where the margins of an earlier run are there but not the texts, what can be
// asked is asked, and no more.
func TestCalibrationMakesDoWithWhatCanBeAsked(t *testing.T) {
	probes := population(SampleTexts, 6, func(r *rand.Rand, _ float64) float64 { return 0.1 * r.NormFloat64() })
	for i := range probes {
		probes[i].Exact = i >= SampleTexts/2
	}
	if ask := next(probes, SampleTexts/2); len(ask) > 0 {
		t.Errorf("%v are asked", ask)
	}
	for i := range probes {
		probes[i].Exact = false
	}
	ask := next(probes, SampleTexts/2)
	if len(ask) == 0 || len(ask) > spread || slices.Min(ask) < SampleTexts/2 {
		t.Errorf("%v are asked", ask)
	}
	if c := calibrate(probes); c.Pays() || c.Both != 0 || math.IsNaN(c.Agreement) {
		t.Errorf("with nothing to compare: %+v", c)
	}
}
