package tokenizer

// wordCache remembers the ids of words: reviews repeat a few thousand words. Each scratch has its own, so
// there is no lock. The zero value is empty.
type wordCache struct {
	spans map[string]span
	ids   []int32 // all spans, one after the other
}

type span struct{ from, to int32 }

const (
	maxCachedWords = 1 << 15 // a few MB; then the cache starts anew
	maxCachedBytes = 64      // longer words hardly come twice
)

// appendWord appends the ids of a word, from the cache where it has them.
func (c *wordCache) appendWord(ids []int32, word []byte, m model) []int32 {
	if at, ok := c.spans[string(word)]; ok {
		return append(ids, c.ids[at.from:at.to]...)
	}
	from := len(ids)
	ids = m.appendWord(ids, word)
	if len(word) > maxCachedBytes {
		return ids
	}
	if c.spans == nil || len(c.spans) == maxCachedWords {
		c.spans, c.ids = make(map[string]span), c.ids[:0]
	}
	at := span{from: int32(len(c.ids))}
	c.ids = append(c.ids, ids[from:]...)
	at.to = int32(len(c.ids))
	c.spans[string(word)] = at
	return ids
}
