// Package schedule runs a graph of nodes, each a few steps of the lab, on
// demand and by the clock, and keeps the history of it in files.
//
// The words and rules are those of Snowflake's tasks, so that the local graph
// and a deployed one look the same: a deployed graph is suspended until it is
// resumed; a node runs when all its predecessors succeeded and is SKIPPED
// otherwise; a graph never overlaps itself; a retry starts from the nodes that
// failed, if the graph is unmodified.
//
// What a node does is a function that the engine passes in: this package knows
// when and in which order.
package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Node is one task of the graph: its steps run in order, in one recorded run.
type Node struct {
	Name  string   `json:"name"`
	After []string `json:"after,omitempty"` // the nodes that must have succeeded
	Steps []string `json:"steps"`           // step ids
}

// Graph is what Deploy takes: the nodes, and when they run.
type Graph struct {
	Nodes []Node `json:"nodes"`
	When  When   `json:"when"`
}

// Names become task names elsewhere, so they keep to what needs no quoting.
var nodeRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// Order checks the graph and returns its nodes so that each comes after its
// predecessors, otherwise in the order in which they were given.
func (g Graph) Order() ([]Node, error) {
	if len(g.Nodes) == 0 {
		return nil, errors.New("the graph has no nodes")
	}
	known := map[string]bool{}
	for _, n := range g.Nodes {
		switch {
		case !nodeRE.MatchString(n.Name):
			return nil, fmt.Errorf("%q is no name for a node: use up to 63 letters, digits and _", n.Name)
		case known[n.Name]:
			return nil, fmt.Errorf("the graph has two nodes %s", n.Name)
		case len(n.Steps) == 0:
			return nil, fmt.Errorf("node %s has no steps", n.Name)
		}
		known[n.Name] = true
	}
	for _, n := range g.Nodes {
		for _, before := range n.After {
			if !known[before] {
				return nil, fmt.Errorf("node %s comes after %s, which is not in the graph", n.Name, before)
			}
		}
	}

	var order []Node
	placed := map[string]bool{}
	waiting := slices.Clone(g.Nodes)
	for len(waiting) > 0 {
		ready := slices.IndexFunc(waiting, func(n Node) bool {
			return !slices.ContainsFunc(n.After, func(before string) bool { return !placed[before] })
		})
		if ready < 0 {
			var names []string
			for _, n := range waiting {
				names = append(names, n.Name)
			}
			return nil, fmt.Errorf("the graph goes in circles: none of %s can be first", strings.Join(names, ", "))
		}
		placed[waiting[ready].Name] = true
		order = append(order, waiting[ready])
		waiting = slices.Delete(waiting, ready, ready+1)
	}
	return order, nil
}

// fingerprint changes whenever the nodes do; the time at which they run is not
// part of it.
func (g Graph) fingerprint() string {
	b, err := json.Marshal(g.Nodes)
	if err != nil {
		panic(err) // strings only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
