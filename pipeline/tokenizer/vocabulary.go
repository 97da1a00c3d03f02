package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// config is tokenizer_config.json, which completes a bare vocabulary.
type config struct {
	Class        string    `json:"tokenizer_class"`
	Lowercase    *bool     `json:"do_lower_case"`
	SpaceChinese *bool     `json:"tokenize_chinese_chars"`
	StripAccents *bool     `json:"strip_accents"`
	PrefixSpace  bool      `json:"add_prefix_space"`
	Bos          tokenName `json:"bos_token"`
	Eos          tokenName `json:"eos_token"`
	Unknown      tokenName `json:"unk_token"`
	Sep          tokenName `json:"sep_token"`
	Pad          tokenName `json:"pad_token"`
	Cls          tokenName `json:"cls_token"`
	Mask         tokenName `json:"mask_token"`

	Added map[string]addedToken `json:"added_tokens_decoder"` // by id
}

// tokenName is "[SEP]" or {"content": "[SEP]", …}.
type tokenName string

func (n *tokenName) UnmarshalJSON(raw []byte) error {
	var token struct{ Content string }
	if raw[0] == '{' {
		err := json.Unmarshal(raw, &token)
		*n = tokenName(token.Content)
		return err
	}
	return json.Unmarshal(raw, (*string)(n))
}

// readConfig reads tokenizer_config.json; a directory without one is a model with the defaults.
func readConfig(fsys fs.FS) (config, error) {
	var c config
	data, err := readFile(fsys, "tokenizer_config.json")
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, fmt.Errorf("read tokenizer_config.json: %w", err)
	}
	return c, nil
}

// readVocabulary describes a model without tokenizer.json, as transformers converts it. It returns the name
// of the file that the vocabulary came from.
func readVocabulary(fsys fs.FS, c config) (string, spec, error) {
	class := strings.TrimSuffix(c.Class, "Fast")
	data, err := readFile(fsys, "vocab.txt")
	if err == nil {
		spec, err := bertSpec(data, class, c)
		return "vocab.txt", spec, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "vocab.txt", spec{}, err
	}
	data, err = readFile(fsys, "vocab.json")
	if errors.Is(err, fs.ErrNotExist) {
		return "the tokenizer", spec{}, errors.New("the model directory has no tokenizer.json, vocab.txt or vocab.json")
	}
	if err != nil {
		return "vocab.json", spec{}, err
	}
	merges, err := readFile(fsys, "merges.txt")
	if err != nil {
		return "merges.txt", spec{}, err
	}
	spec, err := robertaSpec(data, merges, class, c)
	return "vocab.json", spec, err
}

func bertSpec(vocabText []byte, class string, c config) (spec, error) {
	if !slices.Contains([]string{"", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"}, class) {
		return spec{}, unknown("tokenizer_class", class, "BertTokenizer and its like from a vocab.txt")
	}
	vocab := make(map[string]int32)
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(vocabText))
	next := int32(0)
	for line := range strings.Lines(text) {
		vocab[strings.TrimSuffix(line, "\n")] = next
		next++
	}
	yes := true
	or := func(set *bool) *bool {
		if set == nil {
			return &yes
		}
		return set
	}
	named := c.with(config{Unknown: "[UNK]", Sep: "[SEP]", Pad: "[PAD]", Cls: "[CLS]", Mask: "[MASK]"})
	return named.complete(spec{
		Normalizer: &normalizerSpec{Type: "BertNormalizer", CleanText: &yes, SpaceChinese: or(c.SpaceChinese),
			StripAccents: c.StripAccents, Lowercase: or(c.Lowercase)},
		PreTokenizer: splitSpec{Type: "BertPreTokenizer"},
		Model:        modelSpec{Type: "WordPiece", vocab: vocab, Unknown: (*string)(&named.Unknown)},
	}, "BertProcessing")
}

func robertaSpec(vocabJSON, mergesText []byte, class string, c config) (spec, error) {
	if !slices.Contains([]string{"", "RobertaTokenizer", "BartTokenizer"}, class) {
		return spec{}, unknown("tokenizer_class", class, "RobertaTokenizer and BartTokenizer from a vocab.json")
	}
	vocab, err := readVocab(vocabJSON)
	if err != nil {
		return spec{}, err
	}
	lines := strings.Split(strings.TrimRight(string(mergesText), "\r\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	pairs, err := splitMerges(lines)
	if err != nil {
		return spec{}, err
	}
	named := c.with(config{Bos: "<s>", Eos: "</s>", Unknown: "<unk>", Sep: "</s>", Pad: "<pad>", Cls: "<s>", Mask: "<mask>"})
	return named.complete(spec{
		PreTokenizer: splitSpec{Type: "ByteLevel", PrefixSpace: &c.PrefixSpace},
		Model:        modelSpec{Type: "BPE", vocab: vocab, merges: pairs},
	}, "RobertaProcessing")
}

// with fills in the names of special tokens that the model does not give.
func (c config) with(defaults config) config {
	for _, name := range []struct {
		set      *tokenName
		fallback tokenName
	}{
		{&c.Bos, defaults.Bos}, {&c.Eos, defaults.Eos}, {&c.Unknown, defaults.Unknown}, {&c.Sep, defaults.Sep},
		{&c.Pad, defaults.Pad}, {&c.Cls, defaults.Cls}, {&c.Mask, defaults.Mask},
	} {
		if *name.set == "" {
			*name.set = name.fallback
		}
	}
	return c
}

// complete adds the special tokens, and the processor that puts them around a text.
func (c config) complete(s spec, processor string) (spec, error) {
	cls, hasCls := s.Model.vocab[string(c.Cls)]
	sep, hasSep := s.Model.vocab[string(c.Sep)]
	if !hasCls || !hasSep {
		return s, fmt.Errorf("it lacks %q or %q, which begin and end a text", c.Cls, c.Sep)
	}
	s.PostProcessor = processorSpec{Type: processor, Cls: &namedID{cls}, Sep: &namedID{sep}}
	ids := slices.SortedFunc(maps.Keys(c.Added), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	given := make(map[string]bool)
	for _, id := range ids {
		s.AddedTokens = append(s.AddedTokens, c.Added[id])
		given[c.Added[id].Content] = true
	}
	for _, name := range []tokenName{c.Bos, c.Eos, c.Unknown, c.Sep, c.Pad, c.Cls, c.Mask} {
		if name == "" || given[string(name)] {
			continue
		}
		given[string(name)] = true
		// RoBERTa's and BART's mask takes the blank before it.
		strip := name == c.Mask && processor == "RobertaProcessing"
		s.AddedTokens = append(s.AddedTokens, addedToken{Content: string(name), Special: true, LStrip: strip})
	}
	return s, nil
}
