package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	Log     *slog.Logger     // of whom was not notified, and why; nil: none
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
	log            *slog.Logger
	requestLimits  rateLimits
	decisionLimits rateLimits
}

// rateLimits bound how many mails a beneficiary may cause and a reviewer may get.
type rateLimits struct{ beneficiaries, reviewers *buckets }

// New checks the options; the error joins every problem.
func New(o Options) (*Notifier, error) {
	n := &Notifier{server: o.SMTP, zone: o.Zone, topic: o.Topic, clock: o.Clock, log: o.Log}
	if n.zone == nil {
		n.zone = time.UTC
	}
	if n.clock == nil {
		n.clock = time.Now
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
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
//
// It returns whom no mail was sent: everybody who would get one, where mail is not set up. The log
// says more about each, and whether the topic was not reached.
func (n *Notifier) Notify(ctx context.Context, e event.Event, at event.Addresses) []event.Unreached {
	var unreached []event.Unreached
	for _, f := range n.notify(ctx, notice{e, at}) {
		n.log.WarnContext(ctx, "Somebody was not told", slog.String("request", e.By.Request), slog.String("activation_id", e.ID),
			slog.String("address", f.address), slog.String("reason", f.reason), slog.Any("error", f.err))
		if f.address != "" {
			unreached = append(unreached, event.Unreached{Email: f.address, Why: f.why()})
		}
	}
	return unreached
}

// notify notifies people and systems of an event, and returns whom it did not reach.
func (n *Notifier) notify(ctx context.Context, m notice) []failure {
	published, known := topicMessage(m)
	switch {
	case m.Refusal != nil || m.Repeated:
		return nil
	case !known:
		return failAll(letter{to: []string{m.Beneficiary}, cc: m.Reviewers},
			&fault{Configuration, fmt.Errorf("there is nothing to say when people %s", m.Verb)})
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if m.Verb == event.Activate || m.Verb == event.End {
		return n.publish(ctx, published)
	}
	limits := n.decisionLimits
	if m.Verb == event.Request {
		limits = n.requestLimits
	}
	var unpublished []failure
	var publishing sync.WaitGroup
	publishing.Go(func() { unpublished = n.publish(ctx, published) })
	l, err := n.letter(m)
	failures := n.mail(ctx, l, limits, err)
	publishing.Wait()
	return append(failures, unpublished...)
}
