package shap

import "willbuy/pipeline/gbtree"

// Importances describes the splits on each feature as XGBoost's get_score does:
// gain and cover are means over the splits on the feature, weight is their
// number. All are 0 for a feature that no split asks about (get_score leaves it
// out).
func Importances(m *gbtree.Model) (gain, cover, weight []float64) {
	gain, cover, weight = make([]float64, len(m.Features)), make([]float64, len(m.Features)), make([]float64, len(m.Features))
	for i := range m.Trees {
		t := &m.Trees[i]
		for id := range t.Left {
			if t.Left[id] < 0 {
				continue
			}
			f := t.Feature[id]
			gain[f] += float64(t.Gain[id])
			cover[f] += float64(t.Hess[id])
			weight[f]++
		}
	}
	for f, n := range weight {
		if n > 0 {
			gain[f] /= n
			cover[f] /= n
		}
	}
	return gain, cover, weight
}
