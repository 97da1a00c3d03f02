package tui

import (
	"os"
	"testing"

	"willbuy/pipeline"
)

func TestAParameterChangedOutsideIsNoticed(t *testing.T) {
	b := newBench(t, lab(t, 15))
	b.send(lookTick{})
	b.press("g", "1", "0", "]", "]")
	other := must(pipeline.OpenWorkspace(b.ws.Dir, &noStore{}))
	train := must(pipeline.FindStep("train"))
	if err := other.Set(train, "eta", "0.7"); err != nil {
		t.Fatal(err)
	}
	b.send(lookTick{})
	b.mustShow("Changed outside: train.eta is now 0.7.", "• eta                   0.7", "~ 10 Train           stale")

	if err := os.WriteFile(b.ws.ConfigFile(), []byte("no toml"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.send(lookTick{})
	b.mustShow("! read ", "willbuy.toml")
	if got := b.values["train"]["eta"]; got != "0.7" {
		t.Errorf("a damaged file changed eta to %s", got)
	}
}

func TestWhatWeSaveIsNotTakenForAChangeOutside(t *testing.T) {
	b := newBench(t, lab(t, 15)).in(inForm)
	b.press("ctrl+u")
	b.typeText("77")
	b.press("enter")
	note := b.note.text
	b.send(lookTick{})
	if b.note.text != note {
		t.Errorf("it says %q", b.note.text)
	}
}
