package nearest

import "testing"

func TestCloseAnswersSlipsAndNothingElse(t *testing.T) {
	steps := []string{"setup", "train", "explain", "eta", "max_depth"}
	for _, test := range []struct{ word, close string }{
		{"trian", "train"}, {"TRAIN", "train"}, {" explian ", "explain"},
		{"etta", "eta"}, {"maxdepth", "max_depth"},
		{"et", "eta"}, {"xx", ""}, {"zzzzzzzz", ""},
	} {
		if got := Close(test.word, steps); got != test.close {
			t.Errorf("Close(%q) = %q, want %q", test.word, got, test.close)
		}
		if got := Word(test.word, steps); got == "" {
			t.Errorf("Word(%q) is empty", test.word)
		}
	}
	if Word("x", nil) != "" || Close("x", nil) != "" {
		t.Error("an answer without candidates")
	}
}
