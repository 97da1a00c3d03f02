package tokenizer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// readVocabulary describes a model without tokenizer.json, as transformers converts it: from vocab.txt
// (BERT) or from vocab.json and merges.txt (RoBERTa, BART). It returns the name of the vocabulary's file.
func readVocabulary(fsys fs.FS, c config) (string, spec, error) {
	data, err := readFile(fsys, "vocab.txt", maxFile)
	if err == nil {
		spec, err := bertSpec(data, c)
		return "vocab.txt", spec, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "vocab.txt", spec{}, err
	}
	data, err = readFile(fsys, "vocab.json", maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "the tokenizer", spec{}, missing(fsys)
	}
	if err != nil {
		return "vocab.json", spec{}, err
	}
	merges, err := readFile(fsys, "merges.txt", maxFile)
	if err != nil {
		return "merges.txt", spec{}, err
	}
	spec, err := robertaSpec(data, merges, c)
	return "vocab.json", spec, err
}

// missing is the error for a directory with no vocabulary that could be read.
func missing(fsys fs.FS) error {
	for _, name := range []string{"sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return fmt.Errorf("its vocabulary is %s, of SentencePiece (Unigram); willbuy reads WordPiece and byte-level BPE (BERT, RoBERTa and BART models)", name)
		}
	}
	return errors.New("the model directory has no tokenizer.json, vocab.txt or vocab.json")
}

func bertSpec(vocabText []byte, c config) (spec, error) {
	if c.Class != "" && !slices.Contains(bertClasses, c.Class) {
		return spec{}, unknown("tokenizer_class", c.Class, "BertTokenizer and its like from a vocab.txt")
	}
	lines, err := textLines(vocabText, maxTokens)
	if err != nil {
		return spec{}, err
	}
	if n := len(lines); n > 0 && lines[n-1] == "" { // after the last line's end
		lines = lines[:n-1]
	}
	vocab := make(map[string]int32, len(lines))
	for id, token := range lines {
		vocab[token] = int32(id)
	}
	c.fill(bertTokens)
	yes := true
	return spec{
		Normalizer: &normalizerSpec{Type: "BertNormalizer", CleanText: &yes, SpaceChinese: orTrue(c.SpaceChinese),
			StripAccents: c.StripAccents, Lowercase: orTrue(c.Lowercase)},
		PreTokenizer:  splitSpec{Type: "BertPreTokenizer"},
		PostProcessor: processorSpec{Type: "BertProcessing", Cls: byName(c.Cls), Sep: byName(c.Sep)},
		Model:         modelSpec{Type: "WordPiece", vocab: vocab, Unknown: &c.Unknown.Content},
		extra:         c.tokens(nil),
	}, nil
}

func robertaSpec(vocabJSON, mergesText []byte, c config) (spec, error) {
	if c.Class != "" && !slices.Contains(robertaClasses, c.Class) {
		return spec{}, unknown("tokenizer_class", c.Class, "RobertaTokenizer and BartTokenizer from a vocab.json")
	}
	vocab, err := readVocab(vocabJSON)
	if err != nil {
		return spec{}, err
	}
	pairs, err := mergePairs(mergesText)
	if err != nil {
		return spec{}, fmt.Errorf("with merges.txt: %w", err)
	}
	c.fill(robertaTokens)
	c.fillMask()
	for _, s := range c.roles() { // whole in these classes, and normalized
		if !s.whole && s.Content != "" {
			s.whole, s.Normalized = true, true
		}
	}
	if c.PrefixSpace == nil {
		c.PrefixSpace = new(bool)
	}
	return spec{
		PreTokenizer:  splitSpec{Type: "ByteLevel", PrefixSpace: c.PrefixSpace},
		PostProcessor: processorSpec{Type: "RobertaProcessing", Cls: byName(c.Cls), Sep: byName(c.Sep)},
		Model:         modelSpec{Type: "BPE", vocab: vocab, merges: pairs},
		extra:         c.tokens(nil),
	}, nil
}

// mergePairs reads merges.txt as transformers does: its first line is a heading and what follows the last
// line's end is none, whatever they say; of equal merges the first counts.
func mergePairs(text []byte) ([][2]string, error) {
	lines, err := textLines(text, maxMerges)
	if err != nil {
		return nil, err
	}
	if len(lines) < 2 {
		return nil, nil
	}
	pairs := make([][2]string, 0, len(lines))
	seen := make(map[[2]string]bool, len(lines))
	for i, line := range lines[1 : len(lines)-1] {
		tokens := strings.Fields(line)
		if len(tokens) != 2 {
			return nil, fmt.Errorf("line %d is %s instead of two tokens with a blank between them", i+2, quote(line))
		}
		if pair := [2]string(tokens); !seen[pair] {
			seen[pair] = true
			pairs = append(pairs, pair)
		}
	}
	return pairs, nil
}

// textLines splits a text at the line ends of all systems.
func textLines(text []byte, most int) ([]string, error) {
	if n := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")); n > 2*most {
		return nil, fmt.Errorf("it has %d line ends; more than %d lines are no model's", n, most)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	unix := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
	lines := strings.Split(unix, "\n")
	if len(lines) > most+2 {
		return nil, fmt.Errorf("it has %d lines; more than %d are no model's", len(lines), most)
	}
	return lines, nil
}

// byName is a special token whose id is looked up when the vocabulary is complete.
func byName(s specialToken) *namedID { return &namedID{name: s.Content, id: absent} }
