package gbtree

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"willbuy/pipeline/nearest"
)

// monotone is a parsed MonotoneConstraints: a direction by position or by name.
type monotone struct {
	list   []int
	byName map[string]int
}

func parseMonotone(s string) (m monotone, err error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
	case strings.HasPrefix(s, "{"):
		if err := json.Unmarshal([]byte(s), &m.byName); err != nil {
			return m, errors.New(`{"name": 1, "other": -1} is expected`)
		}
		for _, d := range m.byName {
			m.list = append(m.list, d) // for the check below
		}
	default:
		for _, word := range words(s) {
			d, err := strconv.Atoi(word)
			if err != nil {
				return m, errors.New(`a direction for each feature, "(1,0,-1)", or {"name": 1} is expected`)
			}
			m.list = append(m.list, d)
		}
	}
	for _, d := range m.list {
		if d < -1 || d > 1 {
			return m, fmt.Errorf("direction %d is none of 1 (rising), -1 (falling), 0 (free)", d)
		}
	}
	return m, nil
}

// directions returns the monotone direction of every feature, nil when none is
// constrained or, as XGBoost puts it, none is said.
func (p *Params) directions(features []string) ([]int, error) {
	m, err := parseMonotone(p.MonotoneConstraints)
	switch {
	case err != nil:
		return nil, fmt.Errorf("monotone_constraints: %w", err)
	case len(m.list) == 0:
		return nil, nil
	case m.byName == nil && len(m.list) > len(features):
		return nil, fmt.Errorf("monotone_constraints names %d directions for %d features", len(m.list), len(features))
	}
	out := make([]int, len(features))
	if m.byName == nil {
		copy(out, m.list)
		return out, nil
	}
	for name, d := range m.byName {
		f, err := featureNamed(features, name)
		if err != nil {
			return nil, fmt.Errorf("monotone_constraints: %w", err)
		}
		out[f] = d
	}
	return out, nil
}

// parseInteractions reads groups of names or of positions.
func parseInteractions(s string) ([][]any, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var groups [][]any
	if err := json.Unmarshal([]byte(s), &groups); err != nil {
		return nil, errors.New(`groups of features, [["a","b"],["c"]] or [[0,1],[2]], are expected`)
	}
	for _, group := range groups {
		for _, f := range group {
			x, number := f.(float64)
			if _, name := f.(string); !name && !(number && x >= 0 && x == float64(int(x))) {
				return nil, fmt.Errorf("%v is neither the name of a feature nor its position", f)
			}
		}
	}
	return groups, nil
}

// interactions are groups of features that may meet on a path. Nil: all may.
type interactions [][]int32

func (p *Params) interactions(features []string) (interactions, error) {
	groups, err := parseInteractions(p.InteractionConstraints)
	if err != nil {
		return nil, fmt.Errorf("interaction_constraints: %w", err)
	}
	if groups == nil {
		return nil, nil
	}
	out := interactions{}
	for _, group := range groups {
		var members []int32
		for _, f := range group {
			position, isNumber := f.(float64)
			at := int(position)
			if !isNumber {
				if at, err = featureNamed(features, f.(string)); err != nil {
					return nil, fmt.Errorf("interaction_constraints: %w", err)
				}
			}
			if at >= len(features) {
				return nil, fmt.Errorf("interaction_constraints: there is no feature %d, the last of %d is %d", at, len(features), len(features)-1)
			}
			members = append(members, int32(at))
		}
		out = append(out, members)
	}
	return out, nil
}

// allow returns the features that a node may split on, given those that its
// ancestors split on: the root all, other nodes the ancestors' features again
// and every group that holds all of these. (FeatureInteractionConstraintHost)
func (c interactions) allow(features, ancestors []int32) []int32 {
	if c == nil || len(ancestors) == 0 {
		return features
	}
	holds := func(group []int32) bool {
		return !slices.ContainsFunc(ancestors, func(f int32) bool { return !slices.Contains(group, f) })
	}
	var out []int32
	for _, f := range features {
		if slices.Contains(ancestors, f) || slices.ContainsFunc(c, func(group []int32) bool { return slices.Contains(group, f) && holds(group) }) {
			out = append(out, f)
		}
	}
	return out
}

// featureNamed returns the position of a feature.
func featureNamed(features []string, name string) (int, error) {
	f := slices.Index(features, name)
	if f < 0 {
		return 0, fmt.Errorf("there is no feature %q; the nearest is %s", name, nearest.Word(name, features))
	}
	return f, nil
}
