package pipeline

import (
	"errors"
	"fmt"
	"testing"
)

// tallied gives a tally of two labels and the tables that it has shown last.
func tallied() (*tally, map[string]Table) {
	shown := map[string]Table{}
	x := &Exec{step: qualityStep, emit: func(_ string, _ Kind, body any) {
		t := body.(Table)
		shown[t.Name] = t
	}}
	return newTally(x, []string{"good", "bad"}, []average{labelShare("good", "good"), {"MEAN", func(a scored) float64 { return a.score }}}), shown
}

func TestWhileReviewsAreScoredTheirLabelsLanguagesAndDoubtsAreShown(t *testing.T) {
	live, shown := tallied()
	live.show([]scored{
		{text: "It fits well and it lasts, I am happy with it.", label: "good", score: 0.9, scores: "[0.9,0.1]"},
		{text: "Das Kabel ist zu kurz und der Stecker wackelt.", label: "bad", score: 0.6, scores: "[0.4,0.6]"},
		{text: "broken", err: errors.New("too long")}})
	live.show([]scored{{text: "It broke on the second day and nobody answers.", label: "bad", score: 0.7, scores: "[0.3,0.7]"}})
	for name, want := range map[string]string{
		"labels":    "[[good 1] [bad 2]]",
		"latest":    "[[bad 0.7 [0.3,0.7] It broke on the second day and nobody answers.]]",
		"languages": "[[en 2 0.5 0.8] [de 1 0 0.6]]",
	} {
		if got := fmt.Sprint(shown[name].Rows); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var doubts []any
	for _, row := range shown["unsure"].Rows {
		doubts = append(doubts, row[1])
	}
	if fmt.Sprint(doubts) != "[0.6 0.7 0.9]" {
		t.Errorf("the least certain have %v", doubts)
	}
}

func TestAnEngineThatIsTooFastHasNoLanguagesTold(t *testing.T) {
	live, shown := tallied()
	many := make([]scored, languageBatch+1)
	for i := range many {
		many[i] = scored{text: "It fits.", label: "good", score: 0.5}
	}
	live.show(many)
	live.show(many[:3])
	if _, ok := shown["languages"]; ok {
		t.Error("languages of some answers are shown as if of all")
	}
	if _, ok := shown["unsure"]; ok {
		t.Error("sentiments, which have no scores by label, are shown as uncertain")
	}
	if len(shown["latest"].Rows) != 3 {
		t.Errorf("%d of the latest are shown, want 3", len(shown["latest"].Rows))
	}
}
