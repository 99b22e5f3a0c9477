package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
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

// Enabled says whether mail is sent at all. Where it is not, Notify answers with a
// Failure for each person who would get one, because nobody was told.
func (n *Notifier) Enabled() bool { return n.post != nil }

// notice is an event to be told, and where it leads.
type notice struct {
	event.Event
	event.Addresses
}

// Notify tells the topic of an event, and people by one mail: the reviewers of a
// request, with a copy to its beneficiary; the beneficiary of a decision, with a
// copy to the reviewers, in answer to that mail; and of a revocation by an
// administrator, with a copy to the administrator. What people do about access of
// their own is for the topic alone. Nobody is told of what changed nothing.
//
// To tell of a request again is to send the mail again: with the same Message-ID,
// and counted against the limits.
func (n *Notifier) Notify(ctx context.Context, e event.Event, at event.Addresses) []Failure {
	told := notice{e, at}
	m, known := messageOf(told)
	switch {
	case e.Refusal != nil || e.Repeated:
		return nil
	case !known:
		return everybody(letter{to: []string{e.Beneficiary}, cc: e.Reviewers},
			&fault{Configuration, fmt.Errorf("there is nothing to say when people %s", e.Verb)})
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if e.Verb == event.Activate || e.Verb == event.End {
		return n.publish(ctx, m)
	}
	limits := n.deciding
	if e.Verb == event.Request {
		limits = n.requesting
	}
	var unpublished []Failure
	var publishing sync.WaitGroup
	publishing.Go(func() { unpublished = n.publish(ctx, m) })
	l, err := n.letter(told)
	failures := n.mail(ctx, l, limits, err)
	publishing.Wait()
	return append(failures, unpublished...)
}
