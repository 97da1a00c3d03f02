package tune

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// mostRuns keeps a grid from being one that nobody can wait for.
const mostRuns = 10000

// plan lists the settings of all runs, no two alike: the whole grid, the last
// parameter changing fastest, or s.Random of them drawn at random. The first n
// of many random ones are those of a search that draws n.
func (s Search) plan() ([]map[string]string, error) {
	if len(s.Space) == 0 {
		return nil, fmt.Errorf("search: there is no parameter to search")
	}
	for i, r := range s.Space {
		if slices.ContainsFunc(s.Space[:i], func(other Range) bool { return other.Name == r.Name }) {
			return nil, fmt.Errorf("search: the parameter %s is given twice", r.Name)
		}
	}
	if s.Random > 0 {
		return s.drawn(), nil
	}
	grid := []map[string]string{{}}
	for _, r := range s.Space {
		values := r.grid()
		if len(grid)*len(values) > mostRuns {
			return nil, fmt.Errorf("search: the grid has more than %d runs; draw some of them at random", mostRuns)
		}
		var wider []map[string]string
		for _, settings := range grid {
			for _, value := range values {
				wider = append(wider, with(settings, r.Name, value))
			}
		}
		grid = wider
	}
	return grid, nil
}

// drawn are s.Random settings, fewer where the space has not so many.
func (s Search) drawn() []map[string]string {
	const patience = 100 // draws that find nothing new
	rng := rand.New(rand.NewPCG(s.Seed, 0))
	var runs []map[string]string
	for misses := 0; len(runs) < s.Random && misses < patience; {
		settings := map[string]string{}
		for _, r := range s.Space {
			settings[r.Name] = r.draw(rng)
		}
		if slices.ContainsFunc(runs, func(other map[string]string) bool { return maps.Equal(other, settings) }) {
			misses++
			continue
		}
		runs, misses = append(runs, settings), 0
	}
	return runs
}

func with(settings map[string]string, name, value string) map[string]string {
	wider := maps.Clone(settings)
	wider[name] = value
	return wider
}

// halvingFactor: a halving search keeps the best third of the runs after each rung, and gives those
// three times the rounds (Jamieson and Talwalkar 2016; the factor is the one
// that scikit-learn's HalvingGridSearchCV has as its default).
const halvingFactor = 3

// leastRounds is what a rung has at least: fewer rounds would only tell which
// runs have a large eta.
const leastRounds = 10

// rungs lists the rounds after which runs are compared, the last of them being
// the most that a run is given.
func rungs(runs, rounds int, halving bool) []int {
	out := []int{rounds}
	if !halving {
		return out
	}
	for runs > 1 && (out[0]+halvingFactor-1)/halvingFactor >= leastRounds {
		out = slices.Insert(out, 0, (out[0]+halvingFactor-1)/halvingFactor)
		runs = survivors(runs)
	}
	return out
}

// survivors is how many of the runs go on to the next rung.
func survivors(runs int) int { return (runs + halvingFactor - 1) / halvingFactor }
