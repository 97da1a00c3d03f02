package zeroshot

import (
	"math"
	"math/rand/v2"
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
		probes[i] = Probe{Margin: margin, Lead: lead}
	}
	return probes
}

// Whatever the law of the quick model's errors, thresholds learnt from samples
// keep their promise on the texts that were not in the sample.
func TestThresholdKeepsItsPromiseOnUnseenTexts(t *testing.T) {
	const samples = 60
	for name, noise := range map[string]func(*rand.Rand, float64) float64{
		"small":      func(r *rand.Rand, _ float64) float64 { return 0.03 * r.NormFloat64() },
		"normal":     func(r *rand.Rand, _ float64) float64 { return 0.12 * r.NormFloat64() },
		"heavy tail": func(r *rand.Rand, _ float64) float64 { return 0.05 * r.NormFloat64() / math.Sqrt(r.ExpFloat64()+0.05) },
		"outliers": func(r *rand.Rand, _ float64) float64 {
			if r.Float64() < 0.02 {
				return 0.8 * r.NormFloat64()
			}
			return 0.05 * r.NormFloat64()
		},
		"flattened": func(r *rand.Rand, x float64) float64 { return -0.2*x + 0.08*r.NormFloat64() },
	} {
		t.Run(name, func(t *testing.T) {
			unseen := population(40_000, 99, noise)
			agreement, told, redone, expected, worst := 0.0, 0.0, 0.0, 0.0, 1.0
			for seed := range uint64(samples) {
				c := calibrate(population(SampleTexts, seed, noise))
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
			}
			t.Logf("agreement %.4f on average, %.4f at worst, %.4f told; redone %.3f, %.3f told", agreement, worst, told, redone, expected)
			if agreement < MinAgreement || worst < MinAgreement-0.005 {
				t.Errorf("agreement is %.4f, at worst %.4f", agreement, worst)
			}
			if math.Abs(told-agreement) > 0.003 || math.Abs(expected-redone) > 0.02 {
				t.Errorf("told is an agreement of %.4f with %.3f redone; it is %.4f with %.3f", told, expected, agreement, redone)
			}
		})
	}
}

func TestUselessQuickModelDoesNotPay(t *testing.T) {
	c := calibrate(population(SampleTexts, 3, func(r *rand.Rand, _ float64) float64 { return 2 * r.NormFloat64() }))
	if c.Pays() {
		t.Errorf("%+v pays", c)
	}
	ties := make([]Probe, SampleTexts) // labels that are all the same
	if c := calibrate(ties); c.Pays() || !math.IsInf(c.Threshold, 1) || c.Agreement != 1 {
		t.Errorf("%+v", c)
	}
}

func TestTwinsNeedNoSecondLook(t *testing.T) {
	c := calibrate(population(SampleTexts, 4, func(*rand.Rand, float64) float64 { return 0 }))
	if c.Redone > 0.01 || c.Changed != 0 || c.Agreement < 0.997 || c.Agreement == 1 {
		t.Errorf("%+v", c)
	}
}

func TestCalibrationDoesNotDependOnTheOrderOfTheSample(t *testing.T) {
	probes := population(SampleTexts, 5, func(r *rand.Rand, _ float64) float64 { return 0.1 * r.NormFloat64() })
	want := calibrate(probes)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(probes), func(i, j int) { probes[i], probes[j] = probes[j], probes[i] })
	if got := calibrate(probes); got != want {
		t.Errorf("%+v, before %+v", got, want)
	}
}
