package pipeline

import (
	"math"
	"slices"
	"testing"
)

func TestATriedTextScoresAsTheStepWould(t *testing.T) {
	w := newLab(t)
	for _, id := range []string{"quality", "sentiment"} {
		t.Run(id, func(t *testing.T) {
			step := mustStep(id)
			try, err := w.OpenTryout(step)
			if err != nil {
				t.Fatal(err)
			}
			defer try.Close()
			// Three texts that the step has scored, and the highest of their scores.
			rows, err := w.Store.Query(t.Context(), map[string]string{
				"quality":   "SELECT REVIEW_TEXT, SCORE FROM REVIEW_QUALITY_SCORES ORDER BY FILE, LINE LIMIT 3",
				"sentiment": "SELECT REVIEW_TEXT, REVIEW_SENTIMENT FROM REVIEWS ORDER BY UUID LIMIT 3",
			}[id])
			if err != nil {
				t.Fatal(err)
			}
			kept, err := rows.Collect(-1)
			if err != nil || len(kept) != 3 {
				t.Fatal(kept, err)
			}
			for _, row := range kept {
				text, want := row[0].(string), row[1].(float64)
				got, err := try.Score(t.Context(), text)
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Scores) != max(1, len(got.Labels)) || math.Abs(slices.Max(got.Scores)-want) > 1e-5 {
					t.Errorf("%q scores %v (%v), the step gave %v", text, got.Scores, got.Labels, want)
				}
			}
		})
	}
}
