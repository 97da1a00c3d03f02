//go:build unix

package tokenizer

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func BenchmarkTokens(b *testing.B) {
	text := strings.Repeat("The delivery was quick, but the zip broke after 2 weeks; I'd not buy it again. ", 4)
	for _, name := range []string{"wordpiece-uncased", "bpe-roberta"} {
		b.Run(name, func(b *testing.B) {
			tok := load(b, name)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				tok.Tokens(text)
			}
		})
	}
}

var (
	speedTexts = flag.String("texts", "", "a JSON list of texts for BenchmarkCorpus (testdata/tokenizer/speed.py)")
	speedModel = flag.String("model", "", "the model directory for BenchmarkCorpus")
)

// BenchmarkCorpus measures texts per second of CPU time (garbage collection included): cold, by a tokenizer
// that was just loaded and has met no word yet, and warm, the same texts again.
func BenchmarkCorpus(b *testing.B) {
	if *speedTexts == "" {
		b.Skip("run testdata/tokenizer/speed.py, which compares with Hugging Face's library")
	}
	data, err := os.ReadFile(*speedTexts)
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(data, &texts); err != nil {
		b.Fatal(err)
	}
	var cold, warm time.Duration
	pass := func(tok *Tokenizer) time.Duration {
		start := cpuTime()
		for _, text := range texts {
			tok.Tokens(text)
		}
		return cpuTime() - start
	}
	passes := 0
	for b.Loop() {
		tok := load(b, *speedModel)
		cold += pass(tok)
		warm += pass(tok)
		passes++
	}
	b.ReportMetric(float64(passes*len(texts))/cold.Seconds(), "cold-texts/s")
	b.ReportMetric(float64(passes*len(texts))/warm.Seconds(), "warm-texts/s")
}

// cpuTime is what the process has used of all cores.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
