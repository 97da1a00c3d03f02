package shap

import "math"

// Slope is the mean slope of the sigmoid σ between two margins,
// (σ(to) − σ(from)) / (to − from), and where they are equal its slope there.
//
// Contributions φ to the margin of a logistic model times Slope(bias, margin)
// are contributions to the probability: they add up to σ(margin) − σ(bias). They
// are the Aumann–Shapley values (integrated gradients: Sundararajan, Taly and
// Yan 2017) of p = σ(bias + Σ sᵢ·φᵢ) on the straight way from s = 0, the mean
// margin, to s = 1, the row; the shap library rescales attributions through an
// output function in the same way (Chen, Lundberg and Lee 2022, "Explaining a
// series of models by propagating Shapley values"). Sign and order of the
// contributions stay. Note that σ(bias) is the probability at the mean margin,
// which is not the mean probability.
func Slope(from, to float64) float64 {
	half := (to - from) / 2
	if math.Abs(half) > 1 {
		return (sigmoid(to) - sigmoid(from)) / (to - from)
	}
	// σ(b) − σ(a) = sinh((b−a)/2) / (2·cosh(a/2)·cosh(b/2)), without cancellation.
	mean := 1.0
	if half != 0 {
		mean = math.Sinh(half) / half
	}
	return mean / (4 * math.Cosh(from/2) * math.Cosh(to/2))
}

func sigmoid(margin float64) float64 { return 1 / (1 + math.Exp(-margin)) }
