package shap

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"willbuy/pipeline/gbtree"
)

// golden is a model and what XGBoost 3.4.1, or 3.2.0, says about it: see
// testdata/shap/make.py.
type golden struct {
	model         *gbtree.Model
	rows          [][]float32
	contributions [][]float64 // per row: per output: per feature, then the bias
	interactions  [][]float64 // per row, of the first few: per output: a matrix over the same
	scores        map[string]map[string]float64
}

func goldens(t testing.TB) map[string]golden {
	t.Helper()
	files, err := filepath.Glob("../../testdata/shap/*.json.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	out := map[string]golden{}
	for _, file := range files {
		packed, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer packed.Close()
		text, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		var in struct {
			Model         json.RawMessage
			Rows          [][]*float32
			Contributions []any
			Interactions  []any
			Scores        map[string]map[string]float64
		}
		if err := json.NewDecoder(text).Decode(&in); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		g := golden{scores: in.Scores}
		for _, row := range in.Contributions {
			g.contributions = append(g.contributions, flat(row, nil))
		}
		for _, row := range in.Interactions {
			g.interactions = append(g.interactions, flat(row, nil))
		}
		if g.model, err = gbtree.Read(in.Model); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, values := range in.Rows {
			row := make([]float32, len(values))
			for i, v := range values {
				row[i] = float32(math.NaN())
				if v != nil {
					row[i] = *v
				}
			}
			g.rows = append(g.rows, row)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json.gz")] = g
	}
	return out
}

// flat appends the numbers of nested lists.
func flat(nested any, to []float64) []float64 {
	list, ok := nested.([]any)
	if !ok {
		return append(to, nested.(float64))
	}
	for _, part := range list {
		to = flat(part, to)
	}
	return to
}

func explainer(t testing.TB, m *gbtree.Model) *Explainer {
	t.Helper()
	e, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContributionsMatchXGBoost(t *testing.T) {
	for name, g := range goldens(t) {
		e, k, worst := explainer(t, g.model), len(g.model.Features), 0.0
		out := make([]float64, g.model.Outputs()*k)
		for r, row := range g.rows {
			e.Contributions(row, out)
			for o, bias := range e.Biases() {
				for f, v := range append(slices.Clone(out[o*k:][:k]), bias) {
					worst = max(worst, math.Abs(v-g.contributions[r][o*(k+1)+f]))
				}
			}
		}
		t.Logf("%s: %d rows, largest difference %.1e", name, len(g.rows), worst)
		if !(worst <= 1e-6) {
			t.Errorf("%s: contributions differ from XGBoost's by %g", name, worst)
		}
	}
}

func TestGoldensNeedOneAndSeveralPasses(t *testing.T) {
	passes := map[int]int{}
	for _, g := range goldens(t) {
		for _, tree := range explainer(t, g.model).trees {
			passes[len(tree.passes)]++
		}
	}
	if passes[0] == 0 || passes[1] == 0 || passes[2] == 0 {
		t.Errorf("trees by number of passes: %v", passes)
	}
}

func TestContributionsAddUpToTheMargin(t *testing.T) {
	for name, g := range goldens(t) {
		e, k, outputs := explainer(t, g.model), len(g.model.Features), g.model.Outputs()
		out, margins := make([]float64, outputs*k), make([]float32, outputs)
		for _, row := range g.rows {
			e.Contributions(row, out)
			g.model.Margins(row, margins)
			for o, sum := range e.Biases() {
				for _, v := range out[o*k:][:k] {
					sum += v
				}
				exact := float64(g.model.BaseMargin(o))
				for i := range g.model.Trees {
					if tree := &g.model.Trees[i]; int(tree.Class) == o {
						exact += float64(tree.Cond[tree.Leaf(row)])
					}
				}
				if !(math.Abs(sum-exact) <= 1e-12) {
					t.Errorf("%s: bias and contributions add up to %.15g, base margin and leaves to %.15g", name, sum, exact)
				}
				if margin := float64(margins[o]); !(math.Abs(sum-margin) <= 1e-6) { // float32
					t.Errorf("%s: bias and contributions add up to %.9g, the margin is %.9g", name, sum, margin)
				}
			}
		}
	}
}

// TestContributionsAreShapleyValues compares with the definition: the mean over
// all orders of the features of what learning each one adds.
func TestContributionsAreShapleyValues(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		features := 1 + rng.IntN(8)
		m := &gbtree.Model{Features: make([]string, features), Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1,
			Trees: []gbtree.Tree{randomTree(rng, features, 1+rng.IntN(12)), randomTree(rng, features, rng.IntN(5))}}
		e := explainer(t, m)
		for range 10 {
			row, out := randomRow(rng, features), make([]float64, features)
			e.Contributions(row, out)
			for f, got := range out {
				if want := shapley(m, row, f); !(math.Abs(got-want) <= 1e-12) {
					t.Fatalf("seed %d: feature %d of %d contributes %.15g, by definition %.15g", seed, f, features, got, want)
				}
			}
		}
	}
}

// shapley is Σ_S |S|!(F−|S|−1)!/F! · (v(S∪f) − v(S)) over coalitions without f.
func shapley(m *gbtree.Model, row []float32, f int) float64 {
	sum := 0.0
	n := len(row)
	for coalition := range uint(1) << n {
		if coalition>>f&1 == 1 {
			continue
		}
		size := 0
		for j := range n {
			size += int(coalition >> j & 1)
		}
		weight := math.Gamma(float64(size+1)) * math.Gamma(float64(n-size)) / math.Gamma(float64(n+1))
		for i := range m.Trees {
			t := &m.Trees[i]
			sum += weight * (expected(t, 0, row, coalition|1<<f) - expected(t, 0, row, coalition))
		}
	}
	return sum
}

// expected is a tree's value when only the coalition's features are known.
func expected(t *gbtree.Tree, id int32, row []float32, coalition uint) float64 {
	if t.Left[id] < 0 {
		return float64(t.Cond[id])
	}
	l, r := t.Left[id], t.Right[id]
	if f := t.Feature[id]; coalition>>f&1 == 1 {
		x := row[f]
		if x < t.Cond[id] || math.IsNaN(float64(x)) && t.DefaultLeft[id] {
			return expected(t, l, row, coalition)
		}
		return expected(t, r, row, coalition)
	}
	all := float64(t.Hess[id])
	return float64(t.Hess[l])/all*expected(t, l, row, coalition) + float64(t.Hess[r])/all*expected(t, r, row, coalition)
}

// randomTree splits random leaves; some leaves have cover 0.
func randomTree(rng *rand.Rand, features, splits int) gbtree.Tree {
	var t gbtree.Tree
	add := func(parent int32, cover float32) int32 {
		t.Left, t.Right, t.Parent = append(t.Left, -1), append(t.Right, -1), append(t.Parent, parent)
		t.Feature, t.DefaultLeft = append(t.Feature, 0), append(t.DefaultLeft, false)
		t.Cond, t.Hess = append(t.Cond, float32(rng.NormFloat64())), append(t.Hess, cover)
		return int32(len(t.Left) - 1)
	}
	leaves := []int32{add(-1, 1000)}
	for range splits {
		at := rng.IntN(len(leaves))
		id := leaves[at]
		if t.Hess[id] == 0 {
			continue
		}
		t.Feature[id] = int32(rng.IntN(features))
		t.Cond[id] = float32(rng.IntN(6))
		t.DefaultLeft[id] = rng.IntN(2) == 0
		share := rng.Float32()
		if rng.IntN(8) == 0 {
			share = 0
		}
		t.Left[id] = add(id, t.Hess[id]*share)
		t.Right[id] = add(id, t.Hess[id]*(1-share))
		leaves[at] = t.Left[id]
		leaves = append(leaves, t.Right[id])
	}
	return t
}

func randomRow(rng *rand.Rand, features int) []float32 {
	row := make([]float32, features)
	for f := range row {
		row[f] = float32(rng.IntN(6))
		if rng.IntN(5) == 0 {
			row[f] = float32(math.NaN())
		}
	}
	return row
}

func TestUnusableCoversAreRefused(t *testing.T) {
	stump := func(root, left, right float32) *gbtree.Model {
		return &gbtree.Model{Features: []string{"a"}, Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1, Trees: []gbtree.Tree{{
			Left: []int32{1, -1, -1}, Right: []int32{2, -1, -1}, Parent: []int32{-1, 0, 0}, Feature: make([]int32, 3),
			Cond: make([]float32, 3), DefaultLeft: make([]bool, 3), Hess: []float32{root, left, right}}}}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, m := range []*gbtree.Model{stump(0, 0, 0), stump(3, -1, 4), stump(nan, 1, 1), stump(inf, 1, 1)} {
		if _, err := New(m); err == nil || !strings.Contains(err.Error(), "tree 0: node") {
			t.Errorf("covers %v: %v", m.Trees[0].Hess, err)
		}
	}
	if _, err := New(stump(5, 5, 0)); err != nil {
		t.Errorf("a leaf without training rows is no obstacle: %v", err)
	}
}

func TestPathsOfManyFeatures(t *testing.T) {
	if _, err := New(chain(65)); err == nil || !strings.Contains(err.Error(), "65 different features") {
		t.Errorf("65 features on a path: %v", err)
	}
	// 32 points, in eleven passes, have to lead from the mean to the leaf.
	e, out, sum := explainer(t, chain(64)), make([]float64, 64), 0.0
	e.Contributions(make([]float32, 64), out)
	for _, v := range out {
		sum += v
	}
	if !(math.Abs(e.Bias()+sum-3) <= 1e-12) {
		t.Errorf("64 features on a path: bias and contributions add up to %.15g, not 3", e.Bias()+sum)
	}
}

// chain has every split on a new feature, on the left of the one before; the
// leaf at its end has value 3.
func chain(features int) *gbtree.Model {
	m := &gbtree.Model{Features: make([]string, features), Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1}
	var tree gbtree.Tree
	for id := range int32(2*features + 1) {
		left, right, cover := id+2, id+1, float32(1000-id/2)
		if id%2 == 1 || id == int32(2*features) {
			left, right = -1, -1
		}
		if id%2 == 1 {
			cover = 1
		}
		tree.Left, tree.Right, tree.Parent = append(tree.Left, left), append(tree.Right, right), append(tree.Parent, id-2)
		tree.Feature, tree.DefaultLeft = append(tree.Feature, id/2%int32(features)), append(tree.DefaultLeft, false)
		tree.Cond, tree.Hess = append(tree.Cond, 1), append(tree.Hess, cover)
	}
	tree.Cond[2*features] = 3 // the leaf of rows below 1 everywhere
	m.Trees = append(m.Trees, tree)
	return m
}

func TestImportancesMatchGetScore(t *testing.T) {
	for name, g := range goldens(t) {
		gain, cover, weight := Importances(g.model)
		for kind, got := range map[string][]float64{"gain": gain, "cover": cover, "weight": weight} {
			for f, feature := range g.model.Features {
				if want := g.scores[kind][feature]; math.Abs(got[f]-want) > 1e-5*math.Abs(want) {
					t.Errorf("%s: %s of %s is %g, get_score says %g", name, kind, feature, got[f], want)
				}
			}
		}
	}
}

func TestManyGoroutinesGetTheSame(t *testing.T) {
	g := goldens(t)["wide"]
	e, want := explainer(t, g.model), make([]float64, len(g.model.Features))
	e.Contributions(g.rows[0], want)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got := make([]float64, len(want))
			for range 50 {
				for _, row := range g.rows[1:5] {
					e.Contributions(row, got)
				}
				e.Contributions(g.rows[0], got)
				for f := range got {
					if got[f] != want[f] {
						t.Errorf("feature %d: %g, alone %g", f, got[f], want[f])
						return
					}
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkLab explains rows of the lab's shape: 5 features, depth 8, 50 trees.
func BenchmarkLab(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	e, rows, out := explainer(b, labModel(rng)), make([][]float32, 1024), make([]float64, 5)
	for i := range rows {
		rows[i] = labRow(rng)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Contributions(rows[i%len(rows)], out)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// labModel has 50 trees of 255 leaves or so.
func labModel(rng *rand.Rand) *gbtree.Model {
	m := &gbtree.Model{Features: make([]string, 5), Objective: gbtree.SquaredError, BaseScore: []float32{0}, Round: 1}
	for range 50 {
		m.Trees = append(m.Trees, fullTree(rng, 8))
	}
	return m
}

// labRow has quality, layout, load time, sentiment and rating as the lab has them:
func labRow(rng *rand.Rand) []float32 {
	return []float32{float32(rng.IntN(3)), float32(rng.IntN(5)), float32(rng.IntN(1156)), float32(rng.IntN(4)), float32(rng.IntN(5))}
}

// fullTree splits every node to the depth where a value is left to split at.
func fullTree(rng *rand.Rand, depth int) gbtree.Tree {
	var t gbtree.Tree
	var grow func(parent int32, depth int, low, high [5]int, cover float32) int32
	grow = func(parent int32, depth int, low, high [5]int, cover float32) int32 {
		id := int32(len(t.Left))
		t.Left, t.Right, t.Parent = append(t.Left, -1), append(t.Right, -1), append(t.Parent, parent)
		t.Feature, t.DefaultLeft = append(t.Feature, 0), append(t.DefaultLeft, false)
		t.Cond, t.Hess = append(t.Cond, rng.Float32()), append(t.Hess, cover)
		f := rng.IntN(5)
		for range 5 {
			if high[f]-low[f] > 1 {
				break
			}
			f = (f + 1) % 5
		}
		if depth == 0 || high[f]-low[f] <= 1 {
			return id
		}
		cut := low[f] + 1 + rng.IntN(high[f]-low[f]-1)
		leftHigh, rightLow := high, low
		leftHigh[f], rightLow[f] = cut, cut
		share := float32(cut-low[f]) / float32(high[f]-low[f])
		t.Feature[id], t.Cond[id] = int32(f), float32(cut)
		l := grow(id, depth-1, low, leftHigh, cover*share)
		r := grow(id, depth-1, rightLow, high, cover*(1-share))
		t.Left[id], t.Right[id] = l, r
		return id
	}
	grow(-1, depth, [5]int{}, [5]int{3, 5, 1156, 4, 5}, 1e5)
	return t
}
