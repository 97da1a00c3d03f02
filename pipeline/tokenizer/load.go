package tokenizer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
)

// Load reads the tokenizer of a model directory: tokenizer.json where there is one, else vocab.txt (BERT) or
// vocab.json with merges.txt (RoBERTa, BART); completed as transformers' AutoTokenizer does by what is there of
// tokenizer_config.json, special_tokens_map.json, added_tokens.json and config.json. Its errors name the file and
// the part that cannot be read or is not supported. A hostile file costs an error and bounded memory: see file.go.
func Load(fsys fs.FS) (*Tokenizer, error) {
	config, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	name := "tokenizer.json"
	var spec spec
	data, err := readFile(fsys, name, maxFile)
	switch {
	case err == nil:
		if spec, err = parse(data); err == nil {
			config.apply(&spec)
		}
	case errors.Is(err, fs.ErrNotExist):
		name, spec, err = readVocabulary(fsys, config)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	t, err := build(spec)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	t.padID = t.findPad(spec, config)
	return t, nil
}

// spec is tokenizer.json, as far as ids depend on it.
type spec struct {
	AddedTokens   addedList       `json:"added_tokens"`
	Normalizer    *normalizerSpec `json:"normalizer"`
	PreTokenizer  splitSpec       `json:"pre_tokenizer"`
	PostProcessor processorSpec   `json:"post_processor"`
	Model         modelSpec       `json:"model"`
	Padding       *struct {
		Token string `json:"pad_token"`
	} `json:"padding"`

	extra      []addedToken    // added after AddedTokens
	overridden *normalizerSpec // what Normalizer was when the tokens were added; nil: as Normalizer
}

type normalizerSpec struct {
	Type         string
	CleanText    *bool `json:"clean_text"`
	SpaceChinese *bool `json:"handle_chinese_chars"`
	StripAccents *bool `json:"strip_accents"` // null: as lowercase
	Lowercase    *bool
}

type splitSpec struct {
	Type        string
	PrefixSpace *bool `json:"add_prefix_space"`
	UseRegex    *bool `json:"use_regex"` // default true
}

type modelSpec struct {
	Type         string
	Vocab        json.RawMessage // by type; read into vocab
	Merges       json.RawMessage // read into merges
	Unknown      *string         `json:"unk_token"`
	Prefix       *string         `json:"continuing_subword_prefix"`
	Suffix       *string         `json:"end_of_word_suffix"`
	MaxChars     *int            `json:"max_input_chars_per_word"`
	FuseUnknown  bool            `json:"fuse_unk"`
	ByteFallback bool            `json:"byte_fallback"`
	IgnoreMerges bool            `json:"ignore_merges"`
	Dropout      *float64        `json:"dropout"`

	vocab  map[string]int32
	merges [][2]string
}

// parse reads tokenizer.json.
func parse(data []byte) (spec, error) {
	var s spec
	if err := unmarshal(data, &s); err != nil {
		return s, err
	}
	m := &s.Model
	if m.Type == "" { // as in files of 2020, such as BART's
		switch {
		case m.Merges != nil:
			m.Type = "BPE"
		case m.MaxChars != nil:
			m.Type = "WordPiece"
		}
	}
	if m.Type != "WordPiece" && m.Type != "BPE" {
		return s, unknown("model", m.Type, "WordPiece and byte-level BPE")
	}
	var err error
	if m.vocab, err = readVocab(m.Vocab); err != nil {
		return s, err
	}
	if m.Type == "BPE" {
		m.merges, err = readMerges(m.Merges)
	}
	return s, err
}

// build makes the tokenizer that a specification describes.
func build(spec spec) (*Tokenizer, error) {
	t := &Tokenizer{vocab: spec.Model.vocab}
	t.scratch.New = func() any { return new(scratch) }
	var err error
	if t.normalizer, err = newNormalizer(spec.Normalizer); err != nil {
		return nil, err
	}
	if spec.Model.Type == "WordPiece" {
		if spec.PreTokenizer.Type != "BertPreTokenizer" {
			return nil, unknown("pre_tokenizer", spec.PreTokenizer.Type, "BertPreTokenizer with WordPiece")
		}
		t.split = bertSplit{}
		t.model, err = newWordPiece(spec.Model)
	} else {
		if t.split, err = newByteLevelSplit(spec.PreTokenizer); err != nil {
			return nil, err
		}
		t.model, err = newBytePair(spec.Model)
	}
	if err != nil {
		return nil, err
	}
	added := addedTokens{vocab: t.vocab, ids: make(map[string]int32), flags: make(map[int32]addedToken), isSpecial: make(map[string]bool)}
	for _, tokens := range [][]addedToken{spec.AddedTokens, spec.extra} {
		if err := added.add(tokens); err != nil {
			return nil, err
		}
	}
	t.added = added.ids
	of := t.normalizer
	if spec.overridden != nil {
		if of, err = newNormalizer(spec.overridden); err != nil {
			return nil, err
		}
	}
	if t.raw, t.normalized, err = added.matchers(of); err != nil {
		return nil, err
	}
	t.single, t.pair, err = spec.PostProcessor.templates(t.ID)
	return t, err
}

func newNormalizer(spec *normalizerSpec) (*normalizer, error) {
	if spec == nil {
		return nil, nil
	}
	if spec.Type != "BertNormalizer" {
		return nil, unknown("normalizer", spec.Type, "BertNormalizer")
	}
	if spec.CleanText == nil || spec.SpaceChinese == nil || spec.Lowercase == nil {
		return nil, errors.New("its BertNormalizer does not say all of clean_text, handle_chinese_chars and lowercase")
	}
	n := &normalizer{cleanText: *spec.CleanText, spaceChinese: *spec.SpaceChinese, lowercase: *spec.Lowercase}
	n.stripAccents = n.lowercase
	if spec.StripAccents != nil {
		n.stripAccents = *spec.StripAccents
	}
	return n, nil
}

// readVocab reads {"token": id, …}.
func readVocab(raw json.RawMessage) (map[string]int32, error) {
	var wide map[string]int64
	if n := elements(raw); n > maxTokens {
		return nil, fmt.Errorf("its vocab has about %d tokens; more than %d are no model's", n, maxTokens)
	}
	if raw != nil {
		if err := unmarshal(raw, &wide); err != nil {
			return nil, fmt.Errorf("vocab: %w", err)
		}
	}
	if len(wide) == 0 {
		return nil, errors.New("its model has no vocab")
	}
	vocab := make(map[string]int32, len(wide))
	for token, id := range wide {
		n, err := checkID(token, id)
		if err != nil {
			return nil, err
		}
		vocab[token] = n
	}
	return vocab, nil
}

func checkID(token string, id int64) (int32, error) {
	if id < 0 || id > math.MaxInt32 {
		return 0, fmt.Errorf("token %s has the id %d, which is no row of an embedding", quote(token), id)
	}
	return int32(id), nil
}

// unknown refuses a part by name.
func unknown(part, kind, known string) error {
	kind = cmp.Or(clip(kind), "none")
	return fmt.Errorf("its %s is %s; willbuy reads %s (BERT, RoBERTa and BART models)", part, kind, known)
}

// findPad looks where a model may name its padding token, the most explicit place first.
func (t *Tokenizer) findPad(spec spec, config config) int32 {
	names := []string{config.Pad.Content}
	if spec.Padding != nil {
		names = append(names, spec.Padding.Token)
	}
	for _, name := range append(names, "[PAD]", "<pad>") {
		if id, ok := t.ID(name); ok && name != "" {
			return int32(id)
		}
	}
	return 0
}
