package policy

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic while a policy was being changed: a defect of this program. The batch goes
// on without the change that panicked, because others wait in it.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string {
	return fmt.Sprintf("a defect: panic while a policy was changed: %v\n%s", e.Value, e.Stack)
}

// applyChange applies a change, and turns its panic into an error.
func applyChange(c Change, p *Policy) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return c.Apply(p)
}

// answerAll finishes every entry that a panic of the batch itself left without an outcome. Whether
// a sealed batch was written is not known.
func answerAll(v any, entries []*entry, sealed bool) {
	var err error = &PanicError{v, debug.Stack()}
	if sealed {
		err = fmt.Errorf("%w: %w", ErrUnsettled, err)
	}
	for _, e := range unfinished(entries) {
		e.finish(Outcome{}, err)
	}
}
