package tokenizer

import "slices"

// classes are transformers' tokenizer classes by model_type. A class has its own say beside the files: what they
// leave open has the class's default, and where tokenizer.json has a setting too the class wins (transformers
// 4.57, checked with directories.py).
var classes = map[string]string{
	"bert": "BertTokenizer", "convbert": "ConvBertTokenizer", "distilbert": "DistilBertTokenizer",
	"electra": "ElectraTokenizer", "mobilebert": "MobileBertTokenizer", "squeezebert": "SqueezeBertTokenizer",
	"bart": "BartTokenizer", "longformer": "LongformerTokenizer", "roberta": "RobertaTokenizer",
}

var (
	bertClasses = []string{"BertTokenizer", "ConvBertTokenizer", "DistilBertTokenizer", "ElectraTokenizer",
		"MobileBertTokenizer", "SqueezeBertTokenizer"}
	robertaClasses = []string{"RobertaTokenizer", "BartTokenizer", "LongformerTokenizer"}
)

// plainClass is the class without opinions, PreTrainedTokenizerFast.
const plainClass = "PreTrainedTokenizer"

// apply lets the class complete what tokenizer.json says.
func (c config) apply(s *spec) {
	if c.Decoder == nil {
		c.takeFlags(s.AddedTokens)
		claimed := make(map[int64]bool)
		for _, token := range s.AddedTokens {
			claimed[token.Claimed] = true
		}
		c.added = slices.DeleteFunc(c.added, func(token addedToken) bool { return claimed[token.Claimed] })
	}
	bert, roberta := slices.Contains(bertClasses, c.Class), slices.Contains(robertaClasses, c.Class)
	if n := s.Normalizer; bert && n != nil && n.Type == "BertNormalizer" {
		before := *n
		s.overridden = &before // transformers normalizes the added tokens first, then changes the normalizer
		n.Lowercase, n.StripAccents, n.SpaceChinese = orTrue(c.Lowercase), c.StripAccents, orTrue(c.SpaceChinese)
	}
	if p := &s.PreTokenizer; p.Type == "ByteLevel" && c.PrefixSpace != nil {
		p.PrefixSpace = c.PrefixSpace
	} else if p.Type == "ByteLevel" && (roberta || c.Class == plainClass) {
		p.PrefixSpace = new(bool)
	}
	switch {
	case bert:
		c.fill(bertTokens)
	case roberta:
		c.fill(robertaTokens)
		c.fillMask()
	}
	s.extra = c.tokens(s.AddedTokens)
}

var (
	bertTokens    = [...]string{"", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"} // as in roles
	robertaTokens = [...]string{"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"}
)

// fill gives the special tokens that no file speaks of their names.
func (c *config) fill(names [7]string) {
	for i, s := range c.roles() {
		if !s.given && names[i] != "" {
			*s = specialToken{addedToken: addedToken{Content: names[i], Special: true}, given: true}
		}
	}
}

// fillMask lets a mask that is only named take the blank before it, as in all of RoBERTa's family.
func (c *config) fillMask() {
	if m := &c.Mask; !m.whole && m.Content != "" {
		m.whole, m.LStrip, m.Normalized = true, true, c.Class == "BartTokenizer"
	}
}

// tokens returns what is added after the tokens that tokenizer.json itself has: the added tokens, then the
// special ones, of which the first with a content counts.
func (c *config) tokens(file []addedToken) []addedToken {
	known := make(map[string]bool)
	for _, token := range slices.Concat(file, c.added) {
		known[token.Content] = true
	}
	special := make(map[string]bool)
	var extra []addedToken
	for _, s := range c.all() {
		if s.Content != "" && !special[s.Content] && (s.whole || !known[s.Content]) {
			extra = append(extra, s.addedToken)
		}
		special[s.Content] = true
	}
	added := slices.Clone(c.added)
	for i := range added {
		added[i].Special = added[i].Special || special[added[i].Content]
	}
	return append(added, extra...)
}

func orTrue(set *bool) *bool {
	if set == nil {
		yes := true
		return &yes
	}
	return set
}
