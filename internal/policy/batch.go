package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

// batch is a sealed set of changes to one policy.
type batch struct {
	writer          *Writer
	resource        string
	base            *Policy // the last read or written state, nil when it must be read
	sweep           func(*Policy)
	retryCause      error    // why the last attempt asked for another
	unsettledWrites int      // attempts whose outcome a read had to settle
	aside           []*entry // to be written later, because they would hold up others
	inFlightEtag    string   // the etag of a write that broke on the way: it may arrive while the policy has that etag
}

// write settles every entry, or sets it aside. A write that Google refuses is repeated without the
// sweep, then searched for the change that is refused.
func (b *batch) write(ctx context.Context, entries []*entry) {
	refusal := b.try(ctx, entries)
	if refusal != nil && b.sweep != nil {
		b.sweep = nil
		refusal = b.try(ctx, entries)
	}
	if refusal == nil {
		return
	}
	rest := b.isolate(ctx, byOwner(entries), refusal)
	if refusal := b.try(ctx, slices.Concat(rest...)); refusal != nil {
		b.halve(ctx, unfinishedGroups(rest), refusal)
	}
}

// writeFirst settles the first of some entries with the same content, which belong to somebody
// whose change Google has just refused. Where it is refused for its content the others are, without
// a write; otherwise they are set aside, so that nobody waits for more than one write of theirs.
func (b *batch) writeFirst(ctx context.Context, alike []*entry) {
	b.sweep = nil
	for i, e := range alike {
		refusal := b.try(ctx, []*entry{e})
		if refusal != nil {
			b.refuse(e, refusal)
		}
		if b.base == nil || b.writer.refusals.find(b.resource, b.base.Etag, e.change) == nil {
			b.aside = append(b.aside, alike[i+1:]...)
			return
		}
	}
}

// writeEach settles entries, each in a write of its own and without the sweep.
func (b *batch) writeEach(ctx context.Context, entries []*entry) {
	b.sweep = nil
	for _, e := range entries {
		if refusal := b.try(ctx, []*entry{e}); refusal != nil {
			b.refuse(e, refusal)
		}
	}
}

// isolate finds one refused group of changes among suspects, of which Google refuses at least one,
// in about as many writes as len(suspects) can be halved. Those that it did not come to are
// returned.
func (b *batch) isolate(ctx context.Context, suspects [][]*entry, refusal error) (rest [][]*entry) {
	alone := len(suspects) == 1
	for len(suspects) > 1 {
		half := len(suspects) / 2
		if err := b.try(ctx, slices.Concat(suspects[:half]...)); err != nil {
			rest = append(rest, suspects[half:]...)
			suspects, refusal, alone = unfinishedGroups(suspects[:half]), err, half == 1
			continue
		}
		suspects, alone = unfinishedGroups(suspects[half:]), false
	}
	if !alone {
		refusal = b.try(ctx, slices.Concat(suspects...))
	}
	if refusal != nil {
		b.refuseGroups(ctx, unfinishedGroups(suspects), refusal)
	}
	return rest
}

// halve settles groups of which several are refused.
func (b *batch) halve(ctx context.Context, groups [][]*entry, refusal error) {
	if len(groups) <= 1 {
		b.refuseGroups(ctx, groups, refusal)
		return
	}
	half := len(groups) / 2
	for _, part := range [][][]*entry{groups[:half], groups[half:]} {
		if err := b.try(ctx, slices.Concat(part...)); err != nil {
			b.halve(ctx, unfinishedGroups(part), err)
		}
	}
}

// refuseGroups settles groups that Google refuses to write, of which there is one at most. Where it
// is several changes of one person, they are set aside, so that nobody waits for them; those whose
// outcome depends on an earlier write of this batch are settled here.
func (b *batch) refuseGroups(ctx context.Context, groups [][]*entry, refusal error) {
	for _, group := range groups {
		if len(group) == 1 {
			b.refuse(group[0], refusal)
			continue
		}
		b.writer.refusals.suspect(group[0].change.Owner)
		var settled []*entry
		for _, e := range group {
			if e.maybeWritten {
				settled = append(settled, e)
				continue
			}
			b.aside = append(b.aside, e)
		}
		b.writeEach(ctx, settled)
	}
}

// try writes entries in one write, again after each conflict and each response that was lost. All
// are finished when it returns nil; a refusal by Google is returned, with the entries that were in
// the write left unfinished.
func (b *batch) try(ctx context.Context, entries []*entry) (refusal error) {
	if len(entries) == 0 {
		return nil
	}
	err := retry.Do(ctx, conflictBackoff(), func(ctx context.Context) error {
		var err error
		refusal, err = b.attempt(ctx, entries)
		return err
	})
	for _, e := range unfinished(entries) {
		if err != nil {
			e.finish(Outcome{}, b.failure(e, err))
		}
	}
	return refusal
}

// attempt is one read-modify-write. The error is retryable where another attempt may succeed.
func (b *batch) attempt(ctx context.Context, entries []*entry) (refusal, err error) {
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	next, altered := b.apply(unfinished(entries))
	if !altered {
		finishAll(unfinished(entries), b.base)
		return nil, nil
	}
	if b.unsettledWrites >= b.writer.options.Retry.Tries {
		return nil, b.retryCause
	}
	stored, err := b.set(ctx, next, unfinished(entries))
	switch classify(err) {
	case written:
		b.base = stored
		finishAll(unfinished(entries), stored)
		return nil, nil
	case refused:
		return err, nil
	case forbidden:
		return nil, err
	case conflict:
		if b.tooLate(ctx) {
			b.retryCause = err
			return nil, err
		}
	case uncertain:
		b.unsettledWrites++
		markMaybeWritten(unfinished(entries))
		if cause.Of(err).Status == 0 {
			b.inFlightEtag = b.base.Etag
		}
	}
	b.base, b.retryCause = nil, err
	return nil, retry.RetryableError(err)
}

// tooLate tells that a write which began now might be cut off by the end of the batch, so that
// nobody could tell whether it arrived. A conflict is no reason for that: it leaves everything
// settled.
func (b *batch) tooLate(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < b.writer.options.Timeout/4
}

// read sees that there is a base that may be written.
func (b *batch) read(ctx context.Context) error {
	if b.base == nil {
		base, err := b.writer.read(ctx, b.resource)
		if err != nil {
			return err
		}
		b.base = base
	}
	return checkWritable(b.base)
}

// apply runs the changes on a copy of the base. One that refuses is finished with its own error and
// leaves no trace. One whose effect is missing was not written before, and will not be unless a
// write broke under the etag that the policy still has.
func (b *batch) apply(entries []*entry) (next *Policy, altered bool) {
	next = Clone(b.base)
	next.Version = maxVersion
	swept := false
	for _, e := range entries {
		edited := Clone(next)
		if err := applyChange(e.change, edited); err != nil {
			if e.maybeWritten { // an earlier write of it may still arrive
				err = fmt.Errorf("%w: %w", ErrUnsettled, err)
			}
			e.finish(Outcome{}, err)
			continue
		}
		e.altered = !sameBindings(next, edited)
		if err := b.refusedBefore(e); err != nil {
			e.finish(Outcome{}, err)
			continue
		}
		e.maybeWritten = e.maybeWritten && !(e.altered && b.base.Etag != b.inFlightEtag)
		altered = altered || e.altered
		swept = swept || e.altered && !e.change.Unswept
		next = edited
	}
	if swept && b.sweep != nil {
		b.sweep(next)
	}
	return next, altered
}

// set writes the policy. It has half of the batch's time, so that a write that hangs leaves time to
// read what became of it.
func (b *batch) set(ctx context.Context, next *Policy, entries []*entry) (*Policy, error) {
	ctx, cancel := context.WithTimeout(ctx, b.writer.options.Timeout/2)
	defer cancel()
	stored, err := b.writer.upstream.Set(ctx, b.resource, next, reason(entries))
	if err == nil {
		err = checkComplete(stored)
	}
	return stored, err
}

// failure names why an entry could not be settled. A write that Google answered with an error is
// settled by the read that misses it; one that broke on the way may still arrive.
func (b *batch) failure(e *entry, err error) error {
	switch {
	case e.maybeWritten:
		err = fmt.Errorf("%w: %w", ErrUnsettled, err)
	case classify(err) == conflict, b.retryCause != nil && classify(b.retryCause) == conflict && errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: %w", ErrConflict, b.retryCause)
	}
	return fmt.Errorf("writing the policy of %s: %w", b.resource, err)
}

// refusedBefore is why Google has just refused the same change to the same policy, or nil.
func (b *batch) refusedBefore(e *entry) error {
	if !e.altered || e.maybeWritten {
		return nil
	}
	return b.writer.refusals.find(b.resource, b.base.Etag, e.change)
}

// refuse finishes an entry that Google refuses to write, and remembers that.
func (b *batch) refuse(e *entry, refusal error) {
	b.writer.refusals.add(b.resource, b.base.Etag, e.change, fmt.Errorf("writing the policy of %s: %w", b.resource, refusal))
	e.finish(Outcome{}, b.failure(e, refusal))
}
