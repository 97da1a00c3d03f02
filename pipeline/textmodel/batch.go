package textmodel

import "slices"

// Sizes, from the measurement at 64 tokens a row: batches of 3, 12 and 48 rows
// ran 182, 194 and 169 rows a second, so some 200 to 800 tokens are a good pass
// whatever the model's width.
const (
	batchTokens   = 768  // padded tokens of a batch of several texts
	maxPassTokens = 4096 // padded tokens of one pass, where a single text has more
)

// A window ends at whichever comes first; its tokens bound the memory where
// texts are long or rows many.
const (
	windowTexts  = 512
	windowTokens = 256 << 10
)

// newWindow is a window for a model.
func newWindow(m *Model) window { return window{dynamic: m.Int8(), budget: batchTokens} }

// window gathers questions and cuts them into batches.
type window struct {
	dynamic   bool // one question a batch, see Model.Int8
	budget    int  // padded tokens of a batch of several questions
	questions []*question
	tokens    int
}

func (w *window) add(q *question) {
	w.questions = append(w.questions, q)
	for _, row := range q.rows {
		w.tokens += len(row.IDs)
	}
}

func (w *window) full() bool {
	return len(w.questions) >= windowTexts || w.tokens >= windowTokens
}

// batch is what one worker runs at a time: the rows of one text stay together.
type batch struct {
	questions []*question
	again     bool // for the second model
	rows      int
	length    int // of the longest row
	tokens    int // without padding
}

// cut empties the window into batches: of one question in the order they came,
// or of at most batchTokens padded tokens, the longest first, so that little is
// padded and the workers end together.
func (w *window) cut() []batch {
	if !w.dynamic { // else sorting only shows long texts first to whoever watches
		slices.SortStableFunc(w.questions, func(a, b *question) int {
			return longest(b.rows) - longest(a.rows)
		})
	}
	var batches []batch
	var b batch
	for _, q := range w.questions {
		// Where questions share a batch lengths fall: its first has the longest row.
		if b.rows > 0 && (w.dynamic || (b.rows+len(q.rows))*b.length > w.budget) {
			batches, b = append(batches, b), batch{}
		}
		b.questions = append(b.questions, q)
		b.rows += len(q.rows)
		b.length = max(b.length, longest(q.rows))
		for _, row := range q.rows {
			b.tokens += len(row.IDs)
		}
	}
	if b.rows > 0 {
		batches = append(batches, b)
	}
	w.questions, w.tokens = nil, 0
	return batches
}
