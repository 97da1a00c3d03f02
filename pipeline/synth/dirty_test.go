package synth

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"willbuy/pipeline/reviews"
)

// TestLostLinesAreQuarantinedAndNastyOnesParse puts each spoilt line before a
// sound one through the lab's own reader.
func TestLostLinesAreQuarantinedAndNastyOnesParse(t *testing.T) {
	texts := []string{
		"Fine.",
		`The 15" screen is bright, the "feet" are not.`,
		"Génial, un café à la minute… 5 étoiles, merci",
		"Ok",
	}
	for _, written := range mustLoadCorpus(t) {
		texts = append(texts, written...)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	sound := newUUID(1, 1)
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			for i, text := range texts {
				id := newUUID(2, int64(i))
				file := d.spoil(rng, nil, id, []byte(text))
				spoilt := string(file)
				file = appendRecord(file, sound, []byte("Sound."))

				accepted, rejected := parseAll(t, file)
				if accepted[sound.String()] != "Sound." {
					t.Fatalf("%q took the next record with it", spoilt)
				}
				got, parsed := accepted[id.String()]
				switch {
				case d.lost && (len(accepted) != 1 || rejected != 1):
					t.Fatalf("%q: accepted %q, %d rejected", spoilt, accepted, rejected)
				case !d.lost && (!parsed || rejected != 0):
					t.Fatalf("%q was not accepted", spoilt)
				case !d.lost && onlyLetters(got) != onlyLetters(text) && d.name != "latin1" && d.name != "terminal_escape":
					t.Fatalf("%q was read as %q", spoilt, got)
				}
			}
		})
	}
}

func parseAll(t *testing.T, file []byte) (accepted map[string]string, rejected int) {
	t.Helper()
	accepted = map[string]string{}
	s := reviews.NewScanner("test", bytes.NewReader(file))
	for s.Scan() {
		if review, reject := reviews.Parse(s.Record()); reject != nil {
			rejected++
		} else {
			accepted[review.UUID] = review.Text
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return accepted, rejected
}

func onlyLetters(s string) string { return strings.Join(strings.Fields(s), "") }
