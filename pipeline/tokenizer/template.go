package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// template is the shape of a row: the texts and the special tokens around them.
type template struct {
	pieces   []piece
	specials int // special tokens in all
}

// piece is a text of the row or a run of special tokens.
type piece struct {
	text    byte // 'A' or 'B', 0 for special tokens
	special []int32
	typeID  int64
}

// maxSpecials bounds what a template may add to a row; real ones add four.
const maxSpecials = 64

// fill writes the row.
func (t template) fill(a, b []int32) Encoding {
	n := len(a) + len(b) + t.specials
	row := Encoding{IDs: make([]int64, 0, n), TypeIDs: make([]int64, 0, n)}
	for _, p := range t.pieces {
		ids := p.special
		switch p.text {
		case 'A':
			ids = a
		case 'B':
			ids = b
		}
		for _, id := range ids {
			row.IDs = append(row.IDs, int64(id))
			row.TypeIDs = append(row.TypeIDs, p.typeID)
		}
	}
	return row
}

// newTemplate checks that each wanted text comes exactly once.
func newTemplate(pieces []piece, texts string) (template, error) {
	t := template{pieces: pieces}
	seen := map[byte]int{}
	for _, p := range pieces {
		t.specials += len(p.special)
		if p.text != 0 {
			seen[p.text]++
		}
	}
	for i := range len(texts) {
		if seen[texts[i]] != 1 {
			return t, fmt.Errorf("its template has text %c %d times instead of once", texts[i], seen[texts[i]])
		}
	}
	if len(seen) != len(texts) {
		return t, errors.New("its template for a single text asks for a second one")
	}
	if t.specials > maxSpecials {
		return t, fmt.Errorf("its template adds %d special tokens to a text; more than %d is no model's", t.specials, maxSpecials)
	}
	return t, nil
}

// processorSpec is the post_processor of tokenizer.json.
type processorSpec struct {
	Type          string
	Cls, Sep      *namedID    // of BertProcessing and RobertaProcessing
	Single, Pair  []pieceSpec // of TemplateProcessing
	SpecialTokens map[string]struct {
		IDs []int64 `json:"ids"`
	} `json:"special_tokens"`
}

func (s *processorSpec) UnmarshalJSON(raw []byte) error {
	if len(raw) > maxConfig {
		return fmt.Errorf("its post_processor has %d bytes; more than %d are no model's", len(raw), maxConfig)
	}
	type fields processorSpec // without this method
	return json.Unmarshal(raw, (*fields)(s))
}

// templates returns the rows of one and of two texts; lookUp finds the ids of tokens that are only named.
func (s processorSpec) templates(lookUp func(token string) (int, bool)) (single, pair template, err error) {
	a, b, second := piece{text: 'A'}, piece{text: 'B'}, piece{text: 'B', typeID: 1}
	one, two := []piece{a}, []piece{a, second}
	switch s.Type {
	case "", "ByteLevel": // no special tokens
	case "BertProcessing", "RobertaProcessing":
		if s.Cls == nil || s.Sep == nil {
			return single, pair, fmt.Errorf("its %s lacks cls or sep, each a [token, id]", s.Type)
		}
		for _, n := range []*namedID{s.Cls, s.Sep} {
			if id, ok := lookUp(n.name); n.id == absent && ok {
				n.id = int32(id)
			}
			if n.id == absent {
				return single, pair, fmt.Errorf("it lacks the tokens that begin and end a text (cls_token %s, sep_token %s)", quote(s.Cls.name), quote(s.Sep.name))
			}
		}
		cls, sep := piece{special: []int32{s.Cls.id}}, piece{special: []int32{s.Sep.id}}
		one, two = []piece{cls, a, sep}, []piece{cls, a, sep, second, {special: sep.special, typeID: 1}}
		if s.Type == "RobertaProcessing" { // where every type id is 0
			two = []piece{cls, a, sep, sep, b, sep}
		}
	case "TemplateProcessing":
		if one, err = s.pieces(s.Single); err == nil {
			two, err = s.pieces(s.Pair)
		}
	default:
		err = unknown("post_processor", s.Type, "TemplateProcessing, BertProcessing and RobertaProcessing")
	}
	if err != nil {
		return single, pair, err
	}
	if single, err = newTemplate(one, "A"); err != nil {
		return single, pair, err
	}
	pair, err = newTemplate(two, "AB")
	return single, pair, err
}

// pieceSpec is {"Sequence": {"id": "A", "type_id": 0}} or {"SpecialToken": {"id": "[SEP]", "type_id": 0}}.
type pieceSpec struct {
	Sequence, SpecialToken *struct {
		ID     string `json:"id"`
		TypeID uint32 `json:"type_id"`
	}
}

func (s processorSpec) pieces(specs []pieceSpec) ([]piece, error) {
	var out []piece
	for _, p := range specs {
		switch {
		case p.Sequence != nil && (p.Sequence.ID == "A" || p.Sequence.ID == "B"):
			out = append(out, piece{text: p.Sequence.ID[0], typeID: int64(p.Sequence.TypeID)})
		case p.SpecialToken != nil:
			name := p.SpecialToken.ID
			token, ok := s.SpecialTokens[name]
			if !ok {
				return nil, fmt.Errorf("its template uses the special token %s without giving its id", quote(name))
			}
			special := piece{typeID: int64(p.SpecialToken.TypeID)}
			for _, id := range token.IDs {
				n, err := checkID(name, id)
				if err != nil {
					return nil, err
				}
				special.special = append(special.special, n)
			}
			out = append(out, special)
		default:
			return nil, errors.New("its template has a piece that is neither text A or B nor a special token")
		}
	}
	return out, nil
}

// namedID is ["[SEP]", 102], or a name alone, with the id absent.
type namedID struct {
	name string
	id   int32
}

func (n *namedID) UnmarshalJSON(raw []byte) error {
	var id int64
	if err := json.Unmarshal(raw, &[]any{&n.name, &id}); err != nil {
		return err
	}
	var err error
	n.id, err = checkID(n.name, id)
	return err
}
