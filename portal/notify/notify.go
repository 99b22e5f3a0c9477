package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// callTimeout bounds one call of Notify: mail and Pub/Sub together, in parallel.
const callTimeout = 10 * time.Second

// Options say how people and systems are reached. Nothing is required: without a sender's address
// there is no mail, without a topic no Pub/Sub.
type Options struct {
	SMTP    SMTP
	Mapping string         // CEL over user.email: the address to write to
	Zone    *time.Location // of the times in mails; nil: UTC
	Limits  Limits
	Topic   Publisher
	Clock   func() time.Time // nil: time.Now
}

// Notifier notifies people and systems. It is safe for concurrent use. Its methods stop when the
// caller's context ends, so a visitor who leaves may stop a mail.
type Notifier struct {
	server         SMTP
	mailer         *mailer // nil: no mail
	mapping        *mapping
	zone           *time.Location
	topic          Publisher
	clock          func() time.Time
	requestLimits  rateLimits
	decisionLimits rateLimits
}

// rateLimits bound how many mails a beneficiary may cause and a reviewer may get.
type rateLimits struct{ beneficiaries, reviewers *buckets }

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
	n.requestLimits = rateLimits{newBuckets(limits.PerBeneficiary, n.clock), newBuckets(limits.PerReviewer, n.clock)}
	n.decisionLimits = rateLimits{newBuckets(limits.PerBeneficiary.doubled(), n.clock), newBuckets(limits.PerReviewer.doubled(), n.clock)}
	problems := []error{err}
	if o.SMTP.SenderAddress != "" {
		n.mailer = newMailer(o.SMTP)
		problems = append(problems, o.SMTP.check())
		n.mapping, err = newMapping(o.Mapping)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("configuring notifications: %w", err)
	}
	return n, nil
}

// Enabled tells whether mail is sent at all. Where it is not, Notify returns a Failure for each
// person who would get one, because nobody was notified.
func (n *Notifier) Enabled() bool { return n.mailer != nil }

// notice is an event that people or systems are notified of, and the addresses that it links to.
type notice struct {
	event.Event
	event.Addresses
}

// Notify publishes an event to the topic, and sends one mail about it. Requests go to the
// reviewers, with a copy to the beneficiary; decisions to the beneficiary, with a copy to the
// reviewers, as a reply to that mail; revocations by an administrator to the beneficiary, with a
// copy to the administrator. What people do with access of their own is published only. Events that
// changed nothing are neither sent nor published.
//
// Calling it again for a request sends its mail again: with the same Message-ID, and counted
// against the limits.
func (n *Notifier) Notify(ctx context.Context, e event.Event, at event.Addresses) []Failure {
	m := notice{e, at}
	published, known := topicMessage(m)
	switch {
	case e.Refusal != nil || e.Repeated:
		return nil
	case !known:
		return failAll(letter{to: []string{e.Beneficiary}, cc: e.Reviewers},
			&fault{Configuration, fmt.Errorf("there is nothing to say when people %s", e.Verb)})
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if e.Verb == event.Activate || e.Verb == event.End {
		return n.publish(ctx, published)
	}
	limits := n.decisionLimits
	if e.Verb == event.Request {
		limits = n.requestLimits
	}
	var unpublished []Failure
	var publishing sync.WaitGroup
	publishing.Go(func() { unpublished = n.publish(ctx, published) })
	l, err := n.letter(m)
	failures := n.mail(ctx, l, limits, err)
	publishing.Wait()
	return append(failures, unpublished...)
}
