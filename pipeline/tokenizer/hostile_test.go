package tokenizer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// numbered repeats a format with the numbers from 0.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestAHostileFileCostsASentenceAndLittleMemory(t *testing.T) {
	bert := func(old, new string) fs.FS {
		return directory("tokenizer.json", strings.Replace(smallBert, old, new, 1))
	}
	bpe := func(old, new string) fs.FS {
		return directory("tokenizer.json", strings.Replace(smallBPE, old, new, 1))
	}
	template := func(single string) fs.FS {
		return bpe(`"model"`, `"post_processor": {"type": "TemplateProcessing", "single": [`+single+`], "pair": []}, "model"`)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(bytes.Repeat([]byte{'['}, 10<<20))
	z.Close()
	sparse := t.TempDir()
	if err := os.WriteFile(filepath.Join(sparse, "tokenizer.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(sparse, "tokenizer.json"), 2<<30); err != nil {
		t.Fatal(err)
	}
	pipe := fstest.MapFS{"tokenizer.json": &fstest.MapFile{Mode: fs.ModeNamedPipe}}
	folder := fstest.MapFS{"tokenizer.json": &fstest.MapFile{Mode: fs.ModeDir}}
	const bareBPE = `{"<s>": 0, "</s>": 1}`
	for _, c := range []struct {
		name, want string
		dir        fs.FS
		most       uint64 // MB allocated in all
	}{
		{"an id of 2^62", "4611686018427387904", bert(`"good": 1`, `"good": 4611686018427387904`), 1},
		{"an id beyond 64 bits", "cannot unmarshal number", bert(`"good": 1`, `"good": 99999999999999999999`), 1},
		{"an id of a million digits", "cannot unmarshal number", bert(`"good": 1`, `"good": 1`+strings.Repeat("0", 1<<20)), 20},
		{"ten million merges as strings", "merges; more than", bpe(`"a b"`, `"a b"`+strings.Repeat(`,"a b"`, 10_000_000)), 150},
		{"ten million lines of merges.txt", "merges.txt: it has 10000001 line ends", directory("vocab.json", bareBPE, "merges.txt", "#\n"+strings.Repeat("a b\n", 10_000_000)), 60},
		{"merges of nothing but blanks", "line 2 is", directory("vocab.json", bareBPE, "merges.txt", "#\n  \n"), 1},
		{"two million tokens", "vocab has about 2000003 tokens", bert(`"good": 1`, numbered(2_000_000, `"%d":1`)), 60},
		{"added_tokens of 9 MB", "added_tokens have", bert(`{"id": 7,`, strings.Repeat(`{"content":"a"},`, 600_000)+`{"id": 7,`), 20},
		{"an added token of a kilobyte", "1024 bytes", bert(`"content": "New"`, `"content": "`+strings.Repeat("N", 1024)+`"`), 1},
		{"a vocab.txt of fifty million empty lines", "50000000 line ends", directory("vocab.txt", strings.Repeat("\n", 50_000_000)), 60},
		{"a vocab.txt of no tokens", `"[UNK]" is not`, directory("vocab.txt", "\n\n\n"), 1},
		{"a vocab.txt that is not text", "not UTF-8", directory("vocab.txt", "[UNK]\n\xff\xfe\n"), 1},
		{"a vocab.txt that is a tokenizer.json", `"[UNK]" is not`, directory("vocab.txt", smallBert), 1},
		{"2 GB", "2147483648 bytes", os.DirFS(sparse), 1},
		{"a pipe", "not a file", pipe, 1},
		{"a folder", "not a file", folder, 1},
		{"a configuration of 9 MB", "read tokenizer_config.json: it has", directory("tokenizer_config.json", strings.Repeat(" ", 9<<20)), 1},
		{"100,000 brackets", "exceeded max depth", directory("tokenizer.json", strings.Repeat("[", 100_000)), 20},
		{"100,000 brackets in the vocab", "exceeded max depth", bert(`"good": 1`, `"good": `+strings.Repeat(`{"a":`, 100_000)), 20},
		{"a zip bomb", `invalid character '\x1f'`, directory("tokenizer.json", zipped.String()), 1},
		{"a template of a text a hundred thousand times", "text A 100001 times", template(`{"Sequence": {"id": "A"}}` + strings.Repeat(`,{"Sequence": {"id": "A"}}`, 100_000)), 50},
		{"a post-processor of 9 MB", "post_processor has", template(`{"Sequence": {"id": "A"}}` + strings.Repeat(`,{"Sequence": {"id": "A"}}`, 400_000)), 20},
		{"a template of an unknown token", `"X" without giving`, template(`{"SpecialToken": {"id": "X"}}`), 1},
		{"words of any length", "max_input_chars_per_word is 1000000000", bert(`"vocab"`, `"max_input_chars_per_word": 1000000000, "vocab"`), 1},
		{"words of negative length", "max_input_chars_per_word is -1", bert(`"vocab"`, `"max_input_chars_per_word": -1, "vocab"`), 1},
		{"a pattern that backtracks", "pre_tokenizer is Sequence", bpe(`{"type": "ByteLevel"`, `{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(a+)+$"}}]`), 1},
		{"a model named by a megabyte", "model is WWWW", bert("WordPiece", strings.Repeat("W", 1<<20)), 20},
		{"a decoder without ids", `has the id "x"`, directory("tokenizer_config.json", `{"added_tokens_decoder": {"x": {"content": "y"}}}`), 1},
		{"SentencePiece alone", "SentencePiece (Unigram)", directory("sentencepiece.bpe.model", "x"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Load(c.dir)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 600 {
				t.Errorf("error %.700v, want a sentence about %q", err, c.want)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > c.most {
				t.Errorf("%d MB were allocated, want at most %d", mb, c.most)
			}
		})
	}
}

func TestStrangeVocabulariesAreReadInTheMemoryOfTheirFiles(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []int32
	}{
		{"ids far apart", strings.Replace(smallBert, `"good": 1`, `"good": 1000000000`, 1), "goodly", []int32{1000000000, 2}},
		{"an id twice", strings.Replace(smallBert, `"good": 1`, `"good": 2`, 1), "goodly", []int32{2, 2}},
		{"a token twice", strings.Replace(smallBert, `"good": 1`, `"good": 3, "good": 1`, 1), "goodly", []int32{1, 2}},
		{"an empty token", strings.Replace(smallBert, `"good": 1`, `"good": 1, "": 3, "##": 5`, 1), "goodly goodx", []int32{1, 2, 0}},
		{"an empty added token", strings.Replace(smallBert, `"content": "New"`, `"content": ""`, 1), "good New", []int32{1, 0}},
		{"merges in a circle", `{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "model": {"type": "BPE",
			"vocab": {"a": 0, "b": 1, "ab": 0, "ba": 1}, "merges": ["a b", "b a"]}}`, "a" + strings.Repeat("b", 100_000), []int32{0}},
		{"merges that double", `{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "model": {"type": "BPE",
			"vocab": {"a": 0, "aa": 1, "aaaa": 2, "aaaaaaaa": 3}, "merges": ["a a", "aa aa", "aaaa aaaa"]}}`, strings.Repeat("a", 31), []int32{3, 3, 3, 2, 1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tok, err := Load(directory("tokenizer.json", c.file))
			if err != nil {
				t.Fatal(err)
			}
			ids := tok.Tokens(c.text)
			runtime.ReadMemStats(&after)
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 20 {
				t.Errorf("%d MB were allocated", mb)
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("ids %d, want %d", ids, c.want)
			}
		})
	}
}

// TestTheSlowestWordsEndSoon pairs the longest words and added tokens that are allowed with texts made for them.
func TestTheSlowestWordsEndSoon(t *testing.T) {
	var added strings.Builder
	for n := 100; n < maxAddedBytes; n++ {
		fmt.Fprintf(&added, `{"content": "%sb", "normalized": false}, `, strings.Repeat("a", n))
	}
	file := strings.NewReplacer(`"vocab"`, `"max_input_chars_per_word": 1000, "vocab"`,
		`"good": 1`, `"a": 1, "##a": 3, "`+strings.Repeat("a", 900)+`c": 4, "##`+strings.Repeat("a", 900)+`c": 5`,
		`{"id": 7`, added.String()+`{"id": 7`).Replace(smallBert)
	tok, err := Load(directory("tokenizer.json", file))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if ids := tok.Tokens(strings.Repeat("a", 1000)); len(ids) != 1000 {
		t.Errorf("%d ids, want 1000", len(ids))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("a word of 1,000 letters took %v", took)
	}
}
