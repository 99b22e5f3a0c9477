package policy

import "context"

// Change is one caller's change to one policy.
type Change struct {
	// Apply decides on the policy just read and edits it in place. It runs again after every
	// conflict, on another policy. An error refuses this change: nothing of it is written from then
	// on, and Modify returns the error as it is, with ErrUnsettled where an earlier write may still
	// arrive. A change that finds its effect present leaves the policy alone. Apply is called from
	// one goroutine at a time and must not block.
	Apply func(*Policy) error
	// Reason goes to Cloud Audit Logs when the change is written alone.
	Reason string
	// ID stands for the change in the reason of several.
	ID string
	// Base is a read that the caller made a moment ago, or nil. It is the base of the first attempt
	// when nobody else is writing, and saves a read.
	Base *Policy
	// Owner is who ordered the change; "" for a caller that all changes belong to. For a minute
	// after Google has refused one of theirs, a person's changes are written each alone, and give
	// way to those of others.
	Owner string
	// Content is what the change is about, without its time and its words; "" if that is not known.
	// For a minute after Google has refused a change for its content, the same content is refused
	// with the same error, unless the policy has another etag by then.
	Content string
	// Unswept leaves the sweep out of a write that has no other change.
	Unswept bool
}

// Outcome is what became of a change.
type Outcome struct {
	// Policy is the policy as it was written, or as it was read where nothing had to change. It is
	// shared with other callers and must not be modified.
	Policy *Policy
	// Written tells that this change altered the policy, in a write that won. False: the policy
	// already was as the change would have it.
	Written bool
}

// entry is a change on its way: in a queue, then in a batch, then finished. Its fields belong to
// the goroutine of the batch until done is closed.
type entry struct {
	change       Change
	altered      bool // in the attempt under way
	maybeWritten bool // altered the policy in a write whose response was lost
	done         chan struct{}
	outcome      Outcome
	err          error
}

func (e *entry) finish(o Outcome, err error) {
	e.outcome, e.err = o, err
	close(e.done)
}

func (e *entry) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// wait waits until the change has an outcome; false when the caller left first.
func (e *entry) wait(ctx context.Context) bool {
	select {
	case <-e.done:
		return true
	case <-ctx.Done():
		return false
	}
}
