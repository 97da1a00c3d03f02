package store

// Plan is what the engine would do for a statement.
type Plan struct {
	Columns []Column   // of the result; two may have the same name
	Steps   []PlanStep // in the order in which they are done
}

// PlanStep is one thing that is done with rows.
type PlanStep struct {
	Does string // such as read REVIEWS
	Rows int64  // that it is expected to give; -1 where the engine does not say
}

// Fault is what the engine finds wrong with a statement, as one sentence.
type Fault struct {
	Text string
	Line int // of the statement, from 1
}

// Error is the sentence without the line.
func (f Fault) Error() string { return f.Text }
