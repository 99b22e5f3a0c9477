package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Patience is how long one call may take, mail and Pub/Sub side by side.
const Patience = 10 * time.Second

// Options say how people and systems are reached. Nothing is required: without
// a sender's address there is no mail, without a topic no Pub/Sub.
type Options struct {
	SMTP    SMTP
	Mapping string         // CEL over user.email: the address to write to
	Zone    *time.Location // of the times in mails; nil: UTC
	Limits  Limits
	Topic   Publisher
	Clock   func() time.Time // nil: time.Now
}

// Notifier tells people and systems. Its methods may be called at once. They
// work under the caller's context: one that ends with the visitor's connection
// takes the mail along.
type Notifier struct {
	server     SMTP
	post       *post // nil: no mail
	mapping    *mapping
	zone       *time.Location
	topic      Publisher
	clock      func() time.Time
	requesting patience
	deciding   patience
}

// patience is how many mails people may cause and get.
type patience struct{ beneficiaries, reviewers *buckets }

// New checks the options; the error joins every problem.
func New(o Options) (*Notifier, error) {
	n := &Notifier{server: o.SMTP, zone: o.Zone, topic: o.Topic, clock: o.Clock}
	if n.zone == nil {
		n.zone = time.UTC
	}
	if n.clock == nil {
		n.clock = time.Now
	}
	limits, err := o.Limits.withDefaults()
	n.requesting = patience{newBuckets(limits.PerBeneficiary, n.clock), newBuckets(limits.PerReviewer, n.clock)}
	n.deciding = patience{newBuckets(limits.PerBeneficiary.doubled(), n.clock), newBuckets(limits.PerReviewer.doubled(), n.clock)}
	problems := []error{err}
	if o.SMTP.configured() {
		n.post = newPost(o.SMTP)
		problems = append(problems, o.SMTP.check())
		n.mapping, err = newMapping(o.Mapping)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("configuring notifications: %w", err)
	}
	return n, nil
}

// Enabled says whether mail is sent at all. Where it is not, Requested and
// Decided answer with a Failure for each person, because nobody was told.
func (n *Notifier) Enabled() bool { return n.post != nil }

// Requested asks the reviewers, in one mail to them with a copy to the
// beneficiary. To repeat it is to send it again: with the same Message-ID, and
// counted against the limits.
func (n *Notifier) Requested(ctx context.Context, r Request) []Failure {
	return n.tell(ctx, requestedMessage(r), func(ctx context.Context) []Failure {
		l, err := n.requestedLetter(r)
		return n.mail(ctx, l, n.requesting, err)
	})
}

// Decided tells the beneficiary, with a copy to the reviewers, in answer to the
// mail of Requested.
func (n *Notifier) Decided(ctx context.Context, d Decision) []Failure {
	if typeOf(d.Verdict) == "" {
		return everybody(letter{to: []string{d.Beneficiary}, cc: d.Reviewers},
			&fault{Configuration, fmt.Errorf("there is no verdict %q", d.Verdict)})
	}
	return n.tell(ctx, decidedMessage(d), func(ctx context.Context) []Failure {
		l, err := n.decidedLetter(d)
		return n.mail(ctx, l, n.deciding, err)
	})
}

// Revoked tells the beneficiary what an administrator took, with a copy to the
// administrator.
func (n *Notifier) Revoked(ctx context.Context, r Revocation) []Failure {
	m := decidedMessage(Decision{Request: r.request(), Verdict: Revoked, By: r.By, Start: r.Start, End: r.End})
	return n.tell(ctx, m, func(ctx context.Context) []Failure {
		l, err := n.revokedLetter(r)
		return n.mail(ctx, l, n.deciding, err)
	})
}

// Ended tells the topic what its beneficiary gave back early; nobody gets a mail.
func (n *Notifier) Ended(ctx context.Context, r Revocation) []Failure {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	return n.publish(ctx, decidedMessage(Decision{Request: r.request(), Verdict: Ended, By: r.By, Start: r.Start, End: r.End}))
}

// SelfActivated tells the topic; nobody gets a mail.
func (n *Notifier) SelfActivated(ctx context.Context, a Activation) []Failure {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	return n.publish(ctx, selfActivatedMessage(a))
}

// tell publishes and mails side by side, and waits for both.
func (n *Notifier) tell(ctx context.Context, m message, mail func(context.Context) []Failure) []Failure {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var unpublished []Failure
	var publishing sync.WaitGroup
	publishing.Go(func() { unpublished = n.publish(ctx, m) })
	failures := mail(ctx)
	publishing.Wait()
	return append(failures, unpublished...)
}
