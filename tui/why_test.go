package tui

import (
	"strings"
	"testing"
)

func TestWhySaysItAllAndEscLeaves(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.press("8", "w")
	b.mustShow("8 Join  whose review belongs to which visit?", "Puts each customer's visit", "What to look for", "In the Snowflake lab", "esc close")
	if strings.Contains(b.screen(), "##") || strings.Contains(b.screen(), "**") {
		t.Error("it is not drawn, but shown as it is written")
	}
	b.press("n")
	b.mustShow("9 Encode", "label encoder")
	b.press("esc")
	if b.cover != nil || b.step.ID != "encode" {
		t.Error("esc did not just close it")
	}
}
