package tokenizer

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	bertParts = `"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
		"pre_tokenizer": {"type": "BertPreTokenizer"}`
	smallBert = `{` + bertParts + `, "model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "good": 1, "##ly": 2, "[SEP]": 7}},
		"added_tokens": [{"id": 7, "content": "[SEP]", "special": true}, {"id": 3, "content": "New", "normalized": true}]}`
	smallBPE = `{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
		"model": {"vocab": {"a": 5, "b": 6, "ab": 9, "Ġ": 4}, "merges": ["a b"]}}`
)

func directory(files ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		dir[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return dir
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	bert := func(old, new string) string { return strings.Replace(smallBert, old, new, 1) }
	bpe := func(old, new string) string { return strings.Replace(smallBPE, old, new, 1) }
	for _, c := range []struct{ name, file, want string }{
		{"Unigram", bert(`"WordPiece", "vocab": {`, `"Unigram", "vocab": [], "x": {`), "model is Unigram"},
		{"WordLevel", bert("WordPiece", "WordLevel"), "model is WordLevel"},
		{"no model", `{}`, "model is none"},
		{"not an object", `[]`, "cannot unmarshal array"},
		{"truncated", smallBert[:len(smallBert)/2], "unexpected end of JSON"},
		{"NFC", bert("BertNormalizer", "NFC"), "normalizer is NFC"},
		{"Sequence", bert("BertNormalizer", "Sequence"), "normalizer is Sequence"},
		{"half a normalizer", bert(`"lowercase": true`, `"x": 1`), "does not say"},
		{"Metaspace", bert("BertPreTokenizer", "Metaspace"), "pre_tokenizer is Metaspace"},
		{"no split", bpe(`"type": "ByteLevel"`, `"type": null`), "pre_tokenizer is none"},
		{"other regex", bpe(`"add_prefix_space"`, `"use_regex": false, "add_prefix_space"`), "expression"},
		{"post-processor", bpe(`"model"`, `"post_processor": {"type": "Weird"}, "model"`), "post_processor is Weird"},
		{"no sep", bpe(`"model"`, `"post_processor": {"type": "RobertaProcessing", "cls": ["a", 1]}, "model"`), "lacks cls or sep"},
		{"no text A", bpe(`"model"`, `"post_processor": {"type": "TemplateProcessing"}, "model"`), "text A 0 times"},
		{"B alone", bpe(`"model"`, `"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "B"}}],
			"pair": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "B"}}]}, "model"`), "asks for a second"},
		{"template without id", bpe(`"model"`, `"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "X"}}]}, "model"`), `"X"`},
		{"huge template", bpe(`"model"`, `"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}`+
			strings.Repeat(`, {"SpecialToken": {"id": "X"}}`, 65)+`], "special_tokens": {"X": {"ids": [1]}}}, "model"`), "adds 65 special tokens"},
		{"huge special id", bpe(`"model"`, `"post_processor": {"type": "BertProcessing", "cls": ["a", 1], "sep": ["b", 99999999999]}, "model"`), "99999999999"},
		{"byte_fallback", bpe(`"merges"`, `"byte_fallback": true, "merges"`), "byte_fallback"},
		{"dropout", bpe(`"merges"`, `"dropout": 0.1, "merges"`), "dropout"},
		{"suffix", bpe(`"merges"`, `"end_of_word_suffix": "</w>", "merges"`), "</w>"},
		{"ignore_merges", bpe(`"merges"`, `"ignore_merges": true, "merges"`), "ignore_merges"},
		{"prefix", bpe(`"merges"`, `"continuing_subword_prefix": "##", "merges"`), "##"},
		{"no unknown token", bert(`"[UNK]"`, `"[unk]"`), `"[UNK]"`},
		{"no token for bytes", bpe(`"merges"`, `"unk_token": "<unk>", "merges"`), `"<unk>"`},
		{"no vocab", bert(`"vocab"`, `"words"`), "no vocab"},
		{"huge id", bert(`"good": 1`, `"good": 4294967296`), "4294967296"},
		{"negative id", bert(`"good": 1`, `"good": -1`), "-1"},
		{"fraction", bert(`"good": 1`, `"good": 1.5`), "1.5"},
		{"merge of strangers", bpe(`"a b"`, `"a c"`), `merge 1, of "a" and "c": "c"`},
		{"merge into a stranger", bpe(`"a b"`, `"b a"`), `"ba" is not in`},
		{"merge of three", bpe(`"a b"`, `"a b ab"`), "two tokens"},
		{"merge array of three", bpe(`"a b"`, `["a", "b", "ab"]`), "3 tokens"},
		{"mixed merges", bpe(`"a b"`, `"a b", ["a", "b"]`), "merges"},
		{"merges missing", `{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 1}}}`, "no merges"},
		{"token of marks", bert(`"New"`, `"\u0301"`), "nothing left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(directory("tokenizer.json", c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "read tokenizer.json: ") {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
	for _, c := range []struct {
		name, want string
		dir        fs.FS
	}{
		{"empty directory", "no tokenizer.json, vocab.txt or vocab.json", directory()},
		{"merges.txt missing", "merges.txt", directory("vocab.json", `{"<s>": 0, "</s>": 1}`)},
		{"broken config", "read tokenizer_config.json", directory("tokenizer_config.json", `{`)},
		{"other class", "tokenizer_class is T5Tokenizer", directory("tokenizer_config.json", `{"tokenizer_class": "T5TokenizerFast"}`, "vocab.txt", "a")},
		{"other byte-level class", "tokenizer_class is CLIPTokenizer", directory("tokenizer_config.json", `{"tokenizer_class": "CLIPTokenizer"}`, "vocab.json", "{}", "merges.txt", "")},
		{"no [CLS]", "lacks the tokens that begin", directory("vocab.txt", "[UNK]\n[SEP]", "tokenizer_config.json", `{"cls_token": null}`)},
	} {
		if _, err := Load(c.dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one about %q", c.name, err, c.want)
		}
	}
}

func TestAddedTokensAreGivenTheNextFreeIds(t *testing.T) {
	tok, err := Load(directory("tokenizer.json", smallBert))
	if err != nil {
		t.Fatal(err)
	}
	// "New" says 3 and gets 4, after a vocabulary of 4 tokens, as in the library.
	if ids := tok.Tokens("NEW goodly[SEP]bad"); !slices.Equal(ids, []int32{4, 1, 2, 7, 0}) {
		t.Errorf("ids %d", ids)
	}
	for token, want := range map[string]int{"New": 4, "[SEP]": 7, "##ly": 2} {
		if id, ok := tok.ID(token); id != want || !ok {
			t.Errorf("ID(%q) = %d, %v, want %d", token, id, ok, want)
		}
	}
	if _, ok := tok.ID("nothing"); ok {
		t.Error("ID knows a token that is not there")
	}
}

func TestMergesThatLeadNowhereEnd(t *testing.T) {
	// An empty token with another's id makes a merge that yields its own left side.
	tok, err := Load(directory("tokenizer.json", strings.NewReplacer(`"Ġ": 4`, `"": 5`, `["a b"]`, `[["a", ""], ["a", "b"]]`).Replace(smallBPE)))
	if err != nil {
		t.Fatal(err)
	}
	if ids := tok.Tokens(strings.Repeat("a", 100_000)); !slices.Equal(ids, []int32{5}) {
		t.Errorf("%d ids", len(ids))
	}
}

func TestBareVocabulariesAreReadAsTransformersConvertsThem(t *testing.T) {
	texts := readGoldens(t).Texts
	for name, files := range map[string]map[string]string{
		"wordpiece-cased": {"tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "do_lower_case": false, "pad_token": {"content": "[PAD]"}}`},
		"bpe-roberta":     {},
	} {
		dir := goldenDirectory{Of: name, Bare: true, Files: files}.files(t)
		bare, err := Load(dir)
		if err != nil {
			t.Fatal(name, err)
		}
		full := load(t, name)
		for _, text := range texts {
			if a, b := bare.Tokens(text), full.Tokens(text); !slices.Equal(a, b) {
				t.Fatalf("%s: %+q: ids %d, from tokenizer.json %d", name, text, a, b)
			}
		}
		a, _ := bare.Pair([]int32{50}, []int32{60}, 9)
		b, _ := full.Pair([]int32{50}, []int32{60}, 9)
		if fmt.Sprint(a, bare.PadID()) != fmt.Sprint(b, full.PadID()) {
			t.Errorf("%s: rows %v, from tokenizer.json %v", name, a, b)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(smallBert), []byte(`{"tokenizer_class": "BertTokenizerFast", "strip_accents": true, "mask_token": {"content": "New"}, "additional_special_tokens": ["ly"]}`), "[UNK]\n[CLS]\nly")
	f.Add([]byte(`{"a": 0, "b": 1, "ab": 1}`), []byte(`{"model_type": "bart", "added_tokens_decoder": {"7": {"content": "b", "lstrip": true}}}`), "#version\na b\n")
	f.Add([]byte(`{"a": 0}`), []byte(`{"a": 0, "x": 5}`), "#\n")
	f.Add([]byte(smallBert), []byte(`{"pad_token": null}`), "goodly New [SEP] \u0301한")
	f.Add([]byte(smallBPE), []byte(`{"pad_token": {"content": "a"}}`), "ab ba  c")
	f.Add([]byte(smallBPE[:40]), []byte(`{`), "")
	f.Add([]byte(`{"model": {"type": "BPE", "vocab": null, "merges": null}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true}}`), []byte(`{}`), "x")
	f.Add([]byte(strings.Replace(smallBPE, `"model"`, `"post_processor": {"type": "BertProcessing", "cls": [1], "sep": []}, "model"`, 1)), []byte(`{}`), "x")
	f.Fuzz(func(t *testing.T, file, config []byte, text string) {
		for _, dir := range []fs.FS{
			directory("tokenizer.json", string(file), "tokenizer_config.json", string(config)),
			directory("tokenizer.json", string(file), "config.json", string(config), "special_tokens_map.json", string(config)),
			directory("vocab.txt", text, "tokenizer_config.json", string(config)),
			directory("vocab.json", string(file), "merges.txt", text, "tokenizer_config.json", string(config), "added_tokens.json", string(config)),
		} {
			tok, err := Load(dir)
			if err != nil {
				continue
			}
			ids := tok.Tokens(text)
			if row := tok.Single(ids, 8); len(row.IDs) != len(row.TypeIDs) || len(row.IDs) > max(8, maxSpecials) {
				t.Errorf("a row of %d ids and %d types for a limit of 8", len(row.IDs), len(row.TypeIDs))
			}
			if row, err := tok.Pair(ids, ids[:min(len(ids), 1)], 8); err == nil && len(row.IDs) > max(8, maxSpecials) {
				t.Errorf("a pair of %d ids for a limit of 8", len(row.IDs))
			}
		}
	})
}
