package pipeline

import "errors"

// hinted is an error that knows the one thing to do next.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint adds to an error the one thing that the user should do next, as a
// sentence. It stays apart from the error's own text.
func Hint(err error, next string) error { return hinted{err, next} }

// HintOf finds the innermost hint of an error, or "".
func HintOf(err error) string {
	var h hinted
	hint := ""
	for errors.As(err, &h) {
		hint = h.hint
		err = h.error
	}
	return hint
}

// usage marks an error as the caller's wrong words (exit code 2).
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// Usage marks an error as wrong usage: nothing was tried.
func Usage(err error) error { return usage{err} }

// IsUsage tells whether an error is about wrong usage.
func IsUsage(err error) bool {
	var u usage
	return errors.As(err, &u)
}
