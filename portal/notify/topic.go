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

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// Publisher publishes one message to the topic of the configuration, with data as its data and no
// attributes. It must return when its context ends.
type Publisher interface {
	Publish(ctx context.Context, data []byte) error
}

// Types of messages. The first three and their attributes are those of JIT Access 1.8.1; the others
// have the attributes of an approval, with actor in place of approver, and the actor's reason.
// Where no window was opened, start and end are those that 1.8.1 gives to a request: as if it were
// approved the moment that it was made.
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

// topicMessage is what is published about an event; false for an event that is not published.
func topicMessage(m notice) (message, bool) {
	if m.Verb == event.Activate {
		return message{typeSelfActivated, selfActivationAttributes(m)}, true
	}
	all := requestAttributes(m)
	by, reason := prose(m.By.Email, maxName), prose(m.Reason, maxText)
	switch m.Verb {
	case event.Request:
		all["request_expiry_time"], all["action_url"] = instant(m.Expiry), prose(m.Request, maxLink)
	case event.Approve:
		all["approver"] = by
	default:
		all["actor"], all["reason"] = by, reason
	}
	kind := messageType(m.Verb)
	return message{kind, all}, kind != ""
}

// messageType is the type of the message about a verb; "" for a verb that has none.
func messageType(v event.Verb) string {
	switch v {
	case event.Request:
		return typeRequested
	case event.Approve:
		return typeApproved
	case event.Decline:
		return typeDeclined
	case event.Withdraw:
		return typeWithdrawn
	case event.Revoke:
		return typeRevoked
	case event.End:
		return typeEnded
	}
	return ""
}

func selfActivationAttributes(m notice) attributes {
	roles := make([]string, len(m.Grants))
	for i, g := range m.Grants {
		roles[i] = g.Role
	}
	return attributes{
		"beneficiary":   prose(m.Beneficiary, maxName),
		"project_id":    prose(m.Project(), maxName),
		"role":          prose(strings.Join(roles, ", "), maxCondition),
		"start_time":    instant(m.Start),
		"end_time":      instant(m.End),
		"justification": prose(m.Justification, maxText),
	}
}

// requestAttributes are the attributes of a request. Where no request is known, as after a
// revocation by an administrator, the description in the policy stands in for the justification.
func requestAttributes(m notice) attributes {
	reviewers := make([]string, 0, min(len(m.Reviewers), maxPeople))
	for _, reviewer := range m.Reviewers[:cap(reviewers)] {
		reviewers = append(reviewers, prose(reviewer, maxName))
	}
	start, end := m.Start, m.End
	if start.IsZero() || end.IsZero() {
		start, end = m.Asked, m.Asked.Add(m.Duration)
	}
	justification := m.Justification
	if !m.HasRequest() {
		justification = m.Description
	}
	return attributes{
		"beneficiary":        prose(m.Beneficiary, maxName),
		"reviewers":          reviewers,
		"project_id":         prose(m.Project(), maxName),
		"role":               prose(m.grant().Role, maxName),
		"resource_condition": prose(m.grant().Condition, maxCondition),
		"start_time":         instant(start),
		"end_time":           instant(end),
		"justification":      prose(justification, maxText),
		"base_url":           prose(m.Home, maxLink),
	}
}

// instant is a time as 1.8.1 writes it: whole seconds, UTC, ISO 8601.
func instant(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// publish publishes a message; without a topic it does nothing.
func (n *Notifier) publish(ctx context.Context, m message) []failure {
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
	return []failure{{reason: publishFailureReason(ctx, err), err: fmt.Errorf("publishing %s: %w", m.Type, err)}}
}

func publishFailureReason(ctx context.Context, err error) string {
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
