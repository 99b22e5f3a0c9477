package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Publisher publishes one message to the topic of the configuration, with data
// as its data and no attributes. It must return when its context ends.
type Publisher interface {
	Publish(ctx context.Context, data []byte) error
}

// Types of messages. The first three and their attributes are those of JIT
// Access 1.8.1; the others have the attributes of an approval, with actor in
// place of approver, and the actor's reason. Where no window was opened, start
// and end are those that 1.8.1 gives to a request: as if it were approved the
// moment that it was made.
const (
	typeRequested     = "RequestActivation"
	typeApproved      = "ActivationApproved"
	typeSelfActivated = "ActivationSelfApproved"
	typeDeclined      = "ActivationDeclined"
	typeWithdrawn     = "ActivationWithdrawn"
	typeRevoked       = "ActivationRevoked"
	typeEnded         = "ActivationEnded"
)

// message is what goes to the topic.
type message struct {
	Type       string     `json:"type"`
	Attributes attributes `json:"attributes"`
}

type attributes map[string]any

func requestedMessage(r Request) message {
	all := requestAttributes(r, r.Asked, r.Asked.Add(r.Duration))
	all["request_expiry_time"] = instant(r.Expires)
	all["action_url"] = prose(r.Link, maxLink)
	return message{typeRequested, all}
}

func decidedMessage(d Decision) message {
	if d.Start.IsZero() || d.End.IsZero() {
		d.Start, d.End = d.Asked, d.Asked.Add(d.Duration)
	}
	all := requestAttributes(d.Request, d.Start, d.End)
	if d.Verdict == Approved {
		all["approver"] = prose(d.By, maxName)
		return message{typeApproved, all}
	}
	all["actor"] = prose(d.By, maxName)
	all["reason"] = prose(d.Reason, maxText)
	return message{typeOf(d.Verdict), all}
}

// typeOf a verdict; "" for one that does not exist.
func typeOf(v Verdict) string {
	switch v {
	case Approved:
		return typeApproved
	case Declined:
		return typeDeclined
	case Withdrawn:
		return typeWithdrawn
	case Revoked:
		return typeRevoked
	case Ended:
		return typeEnded
	}
	return ""
}

func selfActivatedMessage(a Activation) message {
	return message{typeSelfActivated, attributes{
		"beneficiary":   prose(a.Beneficiary, maxName),
		"project_id":    prose(a.Project, maxName),
		"role":          prose(strings.Join(a.Roles, ", "), maxCondition),
		"start_time":    instant(a.Start),
		"end_time":      instant(a.End),
		"justification": prose(a.Justification, maxText),
	}}
}

func requestAttributes(r Request, start, end time.Time) attributes {
	reviewers := make([]string, 0, min(len(r.Reviewers), maxPeople))
	for _, reviewer := range r.Reviewers[:cap(reviewers)] {
		reviewers = append(reviewers, prose(reviewer, maxName))
	}
	return attributes{
		"beneficiary":        prose(r.Beneficiary, maxName),
		"reviewers":          reviewers,
		"project_id":         prose(r.Project, maxName),
		"role":               prose(r.Role, maxName),
		"resource_condition": prose(r.ResourceCondition, maxCondition),
		"start_time":         instant(start),
		"end_time":           instant(end),
		"justification":      prose(r.Justification, maxText),
		"base_url":           prose(r.Home, maxLink),
	}
}

// instant is a time as 1.8.1 writes it: whole seconds, UTC, ISO 8601.
func instant(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// publish tells the topic; no failure where there is none.
func (n *Notifier) publish(ctx context.Context, m message) []Failure {
	if n.topic == nil {
		return nil
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = n.topic.Publish(ctx, data)
	}
	if err == nil {
		return nil
	}
	return []Failure{{Reason: whyUnpublished(ctx, err), Err: fmt.Errorf("publishing %s: %w", m.Type, err)}}
}

func whyUnpublished(ctx context.Context, err error) string {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	broken := errors.As(err, &network) // a *url.Error is one, too
	switch {
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || broken && network.Timeout():
		return Timeout
	case errors.As(err, &certificate):
		return TLS
	case broken:
		return Connection
	}
	return Refused
}
