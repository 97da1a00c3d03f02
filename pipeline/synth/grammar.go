package synth

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A grammar file is one language's way of writing reviews.
//
//	# comment; blank lines are ignored
//	[symbol]          a section: every following line is one alternative
//	[symbol+]         variant for a positive tone; [symbol-] negative; [symbol=] neutral or mixed
//	[symbol.laptop]   variant for one product type; [symbol.laptop+] for both
//
// In an alternative {symbol} expands, {symbol?} expands or is left out,
// {n:3-24} is a whole number in that range and {a|b|c} one of these texts. A
// symbol is looked up for the review's product and tone: the first that there
// is of symbol.product±, symbol.product, symbol±, symbol. The symbols basic,
// detailed and generic are where a review begins.
//
//go:embed grammar/*.txt
var grammarFiles embed.FS

// Languages lists the languages that have a grammar, sorted.
func Languages() []string {
	files, err := grammarFiles.ReadDir("grammar")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var langs []string
	for _, f := range files {
		langs = append(langs, strings.TrimSuffix(f.Name(), ".txt"))
	}
	return langs
}

func loadGrammar(lang string) (*grammar, error) {
	text, err := grammarFiles.ReadFile("grammar/" + lang + ".txt")
	if err != nil {
		return nil, err
	}
	g, err := parseGrammar(string(text))
	if err != nil {
		return nil, fmt.Errorf("grammar/%s.txt: %w", lang, err)
	}
	return g, nil
}

type grammar struct {
	sections []section
	symbols  []symbol
	top      [len(qualities)]int // symbols where a review of each quality begins
}

// section is one variant of a symbol.
type section struct {
	name         string // as in the file, "praise.laptop+"
	line         int
	alternatives []alternative
}

type alternative struct {
	line  int
	parts []part
}

// symbol knows the section that defines it for each product and tone, -1
// where there is none.
type symbol struct {
	name     string
	sections [len(productTypes)][tones]int
}

// part is one piece of an alternative: a symbol, a range, a choice of texts,
// or, if it is none of these, plain text.
type part struct {
	kind     partKind
	text     string
	symbol   int
	low      int
	high     int
	choices  []string
	optional bool // of a symbol
}

type partKind int

const (
	plainPart partKind = iota
	symbolPart
	rangePart
	choicePart
)

const (
	tones     = 3
	toneMarks = "+-=" // by tone
)

var topNames = [len(qualities)]string{basic: "basic", detailed: "detailed", generic: "generic"}

// parseGrammar reads a grammar and checks it whole: what it returns can write
// every quality of review about every product in every tone, without a section
// that is never used. Its error names every line that is wrong.
func parseGrammar(text string) (*grammar, error) {
	p := grammarParser{byName: map[string]int{}, symbolIDs: map[string]int{}}
	for i, line := range strings.Split(text, "\n") {
		p.line(i+1, strings.Join(strings.Fields(line), " "))
	}
	for q, name := range topNames {
		p.g.top[q] = p.symbol(name)
	}
	p.resolve()
	p.check()
	if len(p.problems) > 0 {
		return nil, errors.Join(p.problems...)
	}
	return &p.g, nil
}

type grammarParser struct {
	g         grammar
	byName    map[string]int // sections
	symbolIDs map[string]int
	problems  []error
}

// fail notes a problem of a line, or of the whole file if line is 0.
func (p *grammarParser) fail(line int, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if line > 0 {
		err = fmt.Errorf("line %d: %w", line, err)
	}
	p.problems = append(p.problems, err)
}

func (p *grammarParser) line(number int, line string) {
	switch {
	case line == "" || strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
		p.section(number, line[1:len(line)-1])
	case len(p.g.sections) == 0:
		p.fail(number, "an alternative before the first [symbol]")
	default:
		s := &p.g.sections[len(p.g.sections)-1]
		s.alternatives = append(s.alternatives, alternative{number, p.parts(number, line)})
	}
}

func (p *grammarParser) section(number int, name string) {
	base := name
	if base != "" && strings.Contains(toneMarks, base[len(base)-1:]) {
		base = base[:len(base)-1]
	}
	base, key, hasKey := strings.Cut(base, ".")
	if !isSymbolName(base) {
		p.fail(number, "[%s] is no symbol: a name of small letters, digits and _, then .product and one of + - = where wanted", name)
	}
	if hasKey && !slices.Contains(productTypes[:], strings.ReplaceAll(key, "_", " ")) {
		p.fail(number, "[%s]: no product type is called %q", name, key)
	}
	if first, twice := p.byName[name]; twice {
		p.fail(number, "[%s] was defined on line %d already", name, p.g.sections[first].line)
	}
	p.byName[name] = len(p.g.sections)
	p.g.sections = append(p.g.sections, section{name: name, line: number})
}

// parts splits an alternative at its braces.
func (p *grammarParser) parts(number int, text string) []part {
	var parts []part
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			open = len(text)
		}
		if open > 0 {
			if strings.Contains(text[:open], "}") {
				p.fail(number, "a } without its {")
			}
			parts = append(parts, part{text: text[:open]})
			text = text[open:]
			continue
		}
		end := strings.IndexByte(text, '}')
		if end < 0 {
			p.fail(number, "a { without its }")
			return parts
		}
		parts = append(parts, p.brace(number, text[1:end]))
		text = text[end+1:]
	}
	return parts
}

func (p *grammarParser) brace(number int, inside string) part {
	if strings.Contains(inside, "|") {
		return part{kind: choicePart, choices: strings.Split(inside, "|")}
	}
	if limits, ok := strings.CutPrefix(inside, "n:"); ok {
		from, to, _ := strings.Cut(limits, "-")
		low, err1 := strconv.Atoi(from)
		high, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || low > high {
			p.fail(number, "{%s} is no range such as {n:3-24}", inside)
		}
		return part{kind: rangePart, low: low, high: high}
	}
	name, optional := strings.CutSuffix(inside, "?")
	if !isSymbolName(name) {
		p.fail(number, "{%s} is neither a symbol nor a range nor a choice", inside)
		return part{text: inside}
	}
	return part{kind: symbolPart, text: name, symbol: p.symbol(name), optional: optional}
}

func (p *grammarParser) symbol(name string) int {
	id, known := p.symbolIDs[name]
	if !known {
		id = len(p.g.symbols)
		p.symbolIDs[name] = id
		p.g.symbols = append(p.g.symbols, symbol{name: name})
	}
	return id
}

// resolve finds the section of every symbol for every product and tone.
func (p *grammarParser) resolve() {
	for i := range p.g.symbols {
		s := &p.g.symbols[i]
		for product, words := range productTypes {
			ofProduct := s.name + "." + strings.ReplaceAll(words, " ", "_")
			for t := range tones {
				mark := toneMarks[t : t+1]
				s.sections[product][t] = -1
				for _, name := range [...]string{ofProduct + mark, ofProduct, s.name + mark, s.name} {
					if id, ok := p.byName[name]; ok {
						s.sections[product][t] = id
						break
					}
				}
			}
		}
	}
}

// check walks all that a review can expand to: an undefined symbol, a symbol
// within itself, a section without alternatives or out of reach is a problem.
func (p *grammarParser) check() {
	reached := make([]bool, len(p.g.sections))
	reported := map[string]bool{} // a symbol's problem once, not once a product
	for product := range productTypes {
		for t := range tones {
			w := grammarWalk{p: p, product: product, tone: t, state: make([]walkState, len(p.g.sections)), reported: reported}
			for _, top := range p.g.top {
				w.symbol(top, 0)
			}
			for i, state := range w.state {
				reached[i] = reached[i] || state != unseen
			}
		}
	}
	for i, s := range p.g.sections {
		if len(s.alternatives) == 0 {
			p.fail(s.line, "[%s] has no alternative", s.name)
		}
		if !reached[i] {
			p.fail(s.line, "[%s] is never used", s.name)
		}
	}
}

type grammarWalk struct {
	p             *grammarParser
	product, tone int
	state         []walkState // by section
	reported      map[string]bool
}

type walkState byte

const (
	unseen walkState = iota
	open
	done
)

func (w *grammarWalk) symbol(id, line int) {
	s := &w.p.g.symbols[id]
	i := s.sections[w.product][w.tone]
	if i < 0 {
		w.report(line, "{%s} is defined nowhere for %s in tone %c", s.name, w.product, w.tone)
		return
	}
	switch w.state[i] {
	case done:
		return
	case open:
		w.report(line, "{%s} comes back to itself, for %s in tone %c", s.name, w.product, w.tone)
		return
	}
	w.state[i] = open
	for _, a := range w.p.g.sections[i].alternatives {
		for _, part := range a.parts {
			if part.kind == symbolPart {
				w.symbol(part.symbol, a.line)
			}
		}
	}
	w.state[i] = done
}

func (w *grammarWalk) report(line int, format, name string, product, tone int) {
	key := fmt.Sprint(line, format, name)
	if !w.reported[key] {
		w.reported[key] = true
		w.p.fail(line, format, name, productTypes[product], toneMarks[tone])
	}
}

func isSymbolName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) < 0
}
