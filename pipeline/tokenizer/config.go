package tokenizer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// config is what a directory says about its tokenizer beside the vocabulary: tokenizer_config.json; where that
// has no added_tokens_decoder, as before 2023, special_tokens_map.json and added_tokens.json; and config.json
// for a class that is named nowhere else.
type config struct {
	Class        string `json:"tokenizer_class"` // without its "Fast"; empty when nothing tells
	Lowercase    *bool  `json:"do_lower_case"`
	SpaceChinese *bool  `json:"tokenize_chinese_chars"`
	StripAccents *bool  `json:"strip_accents"`
	PrefixSpace  *bool  `json:"add_prefix_space"`
	specialTokens

	Decoder map[string]addedToken `json:"added_tokens_decoder"` // by id

	added []addedToken // of the decoder or of added_tokens.json, in the order of their ids
}

// specialTokens are those that transformers' tokenizer classes know by their role, and others.
type specialTokens struct {
	Bos     specialToken `json:"bos_token"`
	Eos     specialToken `json:"eos_token"`
	Unknown specialToken `json:"unk_token"`
	Sep     specialToken `json:"sep_token"`
	Pad     specialToken `json:"pad_token"`
	Cls     specialToken `json:"cls_token"`
	Mask    specialToken `json:"mask_token"`

	Additional []specialToken `json:"additional_special_tokens"`
}

// roles returns the tokens that have one, in the order in which transformers adds them.
func (s *specialTokens) roles() []*specialToken {
	return []*specialToken{&s.Bos, &s.Eos, &s.Unknown, &s.Sep, &s.Pad, &s.Cls, &s.Mask}
}

// all returns those with a role, then the others.
func (s *specialTokens) all() []*specialToken {
	all := s.roles()
	for i := range s.Additional {
		all = append(all, &s.Additional[i])
	}
	return all
}

// specialToken is "[SEP]", {"content": "[SEP]", "lstrip": …}, or null where a model has no such token.
type specialToken struct {
	addedToken
	given bool
	whole bool // with all its flags, not as a name only
	early bool // whole in tokenizer_config.json: transformers reads added_tokens.json before it sees its name
}

func (s *specialToken) UnmarshalJSON(raw []byte) error {
	*s = specialToken{given: true, whole: raw[0] == '{'}
	var err error
	if s.whole {
		err = json.Unmarshal(raw, &s.addedToken)
	} else {
		err = json.Unmarshal(raw, &s.Content)
	}
	s.Special = true
	return err
}

// readConfig reads what there is of those files.
func readConfig(fsys fs.FS) (config, error) {
	var c config
	if err := readJSON(fsys, "tokenizer_config.json", &c); err != nil {
		return c, err
	}
	if c.Decoder != nil {
		ids := make(map[string]int, len(c.Decoder))
		for name := range c.Decoder {
			id, err := strconv.Atoi(name)
			if err != nil {
				return c, fmt.Errorf("read tokenizer_config.json: added_tokens_decoder has the id %s instead of a number", quote(name))
			}
			ids[name] = id
		}
		for _, name := range byValue(ids) {
			c.added = append(c.added, c.Decoder[name])
		}
		c.takeFlags(c.added)
	} else if err := c.readLegacy(fsys); err != nil {
		return c, err
	}
	if c.Class == "" {
		var model struct {
			Class string `json:"tokenizer_class"`
			Type  string `json:"model_type"`
		}
		if err := readJSON(fsys, "config.json", &model); err != nil {
			return c, err
		}
		c.Class = cmp.Or(model.Class, classes[model.Type], model.Type)
	}
	c.Class = strings.TrimSuffix(c.Class, "Fast")
	return c, nil
}

// readLegacy reads special_tokens_map.json, which has the last word, and added_tokens.json.
func (c *config) readLegacy(fsys fs.FS) error {
	for _, s := range c.all() {
		s.early = s.whole
	}
	before := c.Additional
	c.Additional = nil
	if err := readJSON(fsys, "special_tokens_map.json", &c.specialTokens); err != nil {
		return err
	}
	for _, s := range c.Additional {
		if !slices.Contains(before, s) {
			before = append(before, s)
		}
	}
	c.Additional = before
	var ids map[string]int
	if err := readJSON(fsys, "added_tokens.json", &ids); err != nil {
		return err
	}
	for _, name := range byValue(ids) {
		special := slices.ContainsFunc(c.all(), func(s *specialToken) bool { return s.Content == name && !s.early })
		c.added = append(c.added, addedToken{Content: name, Claimed: int64(ids[name]), Special: special, Normalized: !special})
	}
	return nil
}

// takeFlags gives a special token that was only named the flags it has among the added tokens.
func (c *config) takeFlags(added []addedToken) {
	flags := make(map[string]addedToken, len(added))
	for _, token := range added {
		flags[token.Content] = token
	}
	for _, s := range c.roles() {
		if token, ok := flags[s.Content]; ok && s.given {
			s.addedToken, s.whole = token, true
			s.Special = true
		}
	}
}

// byValue returns the keys in the order of their values.
func byValue(m map[string]int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[a], m[b]), cmp.Compare(a, b)) })
}
