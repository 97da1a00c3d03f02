package pipeline

import "willbuy/store"

// The questions whose answers can be browsed beside the tables of the steps.
const (
	WithoutReview   = "customers without a review"
	WithoutCustomer = "reviews without a customer"
	Classes         = "codes of classes"
)

// SourceOf is what stands behind a name that a grid shows: one of the questions,
// or a table.
func (l Lab) SourceOf(name string) store.Source {
	switch name {
	case WithoutReview:
		return store.Source{Query: SQL("without_review", l)}
	case WithoutCustomer:
		return store.Source{Query: SQL("without_customer", l)}
	case Classes:
		return store.Source{Query: SQL("classes", l)}
	case Quarantined:
		return store.Source{Query: SQL("quarantine", l)}
	}
	return store.Source{Table: name}
}
