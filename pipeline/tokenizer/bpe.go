package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// bytePair builds a word from its bytes by joining neighbours, always the pair whose merge comes first in
// the list of merges, of equal ones the leftmost.
type bytePair struct {
	bytes       [256]int32           // the token of each byte, absent where the vocabulary has none
	merges      map[[2]int32]merging // by the tokens joined
	joined      []int32              // by rank: the token that results
	unknown     int32                // for bytes without a token; absent: they are dropped
	fuseUnknown bool                 // neighbouring unknown bytes are one unknown token
}

type merging struct{ rank, token int32 }

const absent = -1

func newBytePair(spec modelSpec) (*bytePair, error) {
	vocab, pairs := spec.vocab, spec.merges
	switch {
	case spec.Dropout != nil && *spec.Dropout != 0:
		return nil, errors.New("its BPE has a dropout, which is for training")
	case spec.Prefix != nil && *spec.Prefix != "":
		return nil, fmt.Errorf("its BPE has the continuing_subword_prefix %s, which byte-level models do not", quote(*spec.Prefix))
	case spec.Suffix != nil && *spec.Suffix != "":
		return nil, fmt.Errorf("its BPE has the end_of_word_suffix %s, which byte-level models do not", quote(*spec.Suffix))
	case spec.ByteFallback:
		return nil, errors.New("its BPE has byte_fallback, which byte-level models do not")
	case spec.IgnoreMerges:
		return nil, errors.New("its BPE has ignore_merges, which RoBERTa and BART do not")
	}
	b := &bytePair{unknown: absent, fuseUnknown: spec.FuseUnknown}
	if spec.Unknown != nil {
		if id, ok := vocab[*spec.Unknown]; ok {
			b.unknown = id
		}
	}
	for i, name := range byteNames {
		id, ok := vocab[name]
		if !ok {
			if id = absent; spec.Unknown != nil && b.unknown == absent {
				return nil, fmt.Errorf("its vocabulary has neither the byte %#02x (%q) nor the unknown token %s", i, name, quote(*spec.Unknown))
			}
		}
		b.bytes[i] = id
	}
	b.merges = make(map[[2]int32]merging, len(pairs))
	b.joined = make([]int32, len(pairs))
	for rank, p := range pairs {
		var ids [3]int32
		for i, token := range []string{p[0], p[1], p[0] + p[1]} {
			id, ok := vocab[token]
			if !ok {
				return nil, fmt.Errorf("merge %d, of %s and %s: %s is not in the vocabulary", rank+1, quote(p[0]), quote(p[1]), quote(token))
			}
			ids[i] = id
		}
		b.merges[[2]int32{ids[0], ids[1]}] = merging{int32(rank), ids[2]}
		b.joined[rank] = ids[2]
	}
	return b, nil
}

// readMerges reads both notations: "a b" strings, as older files have them, and ["a", "b"].
func readMerges(raw json.RawMessage) ([][2]string, error) {
	if raw == nil {
		return nil, errors.New("its BPE model has no merges")
	}
	if n := elements(raw); n > 3*maxMerges {
		return nil, fmt.Errorf("its BPE has about %d merges; more than %d are no model's", n/2, maxMerges)
	}
	var lines []string
	if err := unmarshal(raw, &lines); err == nil {
		return splitMerges(lines)
	}
	var lists [][]string
	if err := unmarshal(raw, &lists); err != nil {
		return nil, fmt.Errorf("merges: %w", err)
	}
	pairs := make([][2]string, len(lists))
	for i, list := range lists {
		if len(list) != 2 {
			return nil, fmt.Errorf("merge %d has %d tokens instead of two", i+1, len(list))
		}
		pairs[i] = [2]string(list)
	}
	return pairs, nil
}

// splitMerges reads the merges of the older tokenizer.json.
func splitMerges(lines []string) ([][2]string, error) {
	pairs := make([][2]string, 0, len(lines))
	for i, line := range lines {
		if strings.HasPrefix(line, "#version") {
			continue
		}
		a, b, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(b, " ") {
			return nil, fmt.Errorf("merge %d is %s instead of two tokens with a blank between them", i+1, quote(line))
		}
		pairs = append(pairs, [2]string{a, b})
	}
	return pairs, nil
}

// symbol is a token of a word that is being merged, linked to its neighbours; absent at both ends.
type symbol struct {
	token, prev, next int32
	gone              bool // taken in by its left neighbour
}

func (b *bytePair) appendWord(ids []int32, word []byte) []int32 {
	var few [64]symbol
	symbols := b.symbols(few[:0], word)
	b.merge(symbols)
	for _, s := range symbols {
		if !s.gone {
			ids = append(ids, s.token)
		}
	}
	return ids
}

// symbols appends a symbol for each byte of word.
func (b *bytePair) symbols(symbols []symbol, word []byte) []symbol {
	lastUnknown := false
	for _, c := range word {
		token := b.bytes[c]
		if token == absent {
			if b.unknown == absent {
				continue
			}
			fuse := lastUnknown && b.fuseUnknown
			lastUnknown = true
			if fuse {
				continue
			}
			token = b.unknown
		} else {
			lastUnknown = false
		}
		n := int32(len(symbols))
		symbols = append(symbols, symbol{token: token, prev: n - 1, next: n + 1})
	}
	if n := len(symbols); n > 0 {
		symbols[n-1].next = absent
	}
	return symbols
}

// merge joins symbols until no merge applies. Each join removes one, so it ends whatever the merges are.
func (b *bytePair) merge(symbols []symbol) {
	queue := make(candidates, 0, len(symbols))
	consider := func(left, right int32) {
		if left == absent || right == absent {
			return
		}
		if m, ok := b.merges[[2]int32{symbols[left].token, symbols[right].token}]; ok {
			queue.push(newCandidate(m.rank, left))
		}
	}
	for i := range len(symbols) - 1 {
		consider(int32(i), int32(i+1))
	}
	for len(queue) > 0 {
		rank, at := queue.pop().split()
		left := &symbols[at]
		if left.gone || left.next == absent {
			continue
		}
		right := &symbols[left.next]
		// The pair may have changed since it was queued.
		if m, ok := b.merges[[2]int32{left.token, right.token}]; !ok || m.token != b.joined[rank] {
			continue
		}
		left.token, left.next, right.gone = b.joined[rank], right.next, true
		if right.next != absent {
			symbols[right.next].prev = at
		}
		consider(left.prev, at)
		consider(at, left.next)
	}
}

// candidate is a pair that can be joined: its rank and, below it, the place of its left symbol, so that the
// smallest comes first.
type candidate uint64

func newCandidate(rank, at int32) candidate { return candidate(rank)<<32 | candidate(at) }

func (c candidate) split() (rank, at int32) { return int32(c >> 32), int32(c) }

// candidates is a binary heap.
type candidates []candidate

func (q *candidates) push(c candidate) {
	h := append(*q, c)
	i := len(h) - 1
	for i > 0 && h[(i-1)/2] > c {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i], *q = c, h
}

func (q *candidates) pop() candidate {
	h := *q
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[child] >= last {
			break
		}
		h[i], i = h[child], child
	}
	h[i] = last
	return top
}
