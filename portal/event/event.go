// Package event is the record of what happened at the portal, or was tried: one shape for the log,
// for mail and Pub/Sub, and for whoever shows it.
//
// It holds values and decides nothing. An event with a Refusal changed nothing, and so did one that
// is Repeated: its change had been made before.
package event

import (
	"fmt"
	"strings"
	"time"
)

// Verb is what somebody did or tried. The texts are stable: the log holds them.
type Verb string

const (
	SignIn       Verb = "sign in"
	ListProjects Verb = "list projects"
	ListRoles    Verb = "list roles"
	OpenRequest  Verb = "open a request"

	Activate Verb = "activate roles"
	End      Verb = "end a role"
	Request  Verb = "request a role"
	Approve  Verb = "approve a request"
	Decline  Verb = "decline a request"
	Withdraw Verb = "withdraw a request"
	Revoke   Verb = "revoke a role"
)

// Decision is what becomes of a request. The texts are stable: addresses, mail and the log hold
// them.
type Decision string

const (
	Approved  Decision = "approved"
	Declined  Decision = "declined"
	Withdrawn Decision = "withdrawn"
	Revoked   Decision = "revoked"
)

// Decision is what a verb makes of a request; "" for a verb that decides nothing.
func (v Verb) Decision() Decision {
	switch v {
	case Approve:
		return Approved
	case Decline:
		return Declined
	case Withdraw:
		return Withdrawn
	case Revoke:
		return Revoked
	}
	return ""
}

// Event is what somebody did, or tried to do. What does not apply is left zero.
type Event struct {
	Verb     Verb
	By       Actor
	Resource string // "projects/ID", which the address or the form named

	Beneficiary string // whose access it is about
	Reviewers   []string
	Grants      []Grant
	ID          string    // of the activation or the request
	Start, End  time.Time // of the activation; of a request: if it were approved at once
	Repeated    bool      // it had been done before, and nothing was changed

	ScopeUnproven bool // access was taken away where nobody could tell whether the project stands in the scope

	Asked, Expiry time.Time     // of the request; zero where there is none
	Duration      time.Duration // that the request asks for
	Token         string        // of a request that was signed

	Justification string // of the beneficiary
	Description   string // of the activation, as it stands in the policy
	Reason        string // of a reviewer who declined

	Refusal   *Refusal // nil for what was done
	Decision  Decision // that the policy held when this one came too late
	DecidedBy string   // who made that decision; "" if the policy does not say
}

// Actor is who did it, as Identity-Aware Proxy vouches for them, and in which HTTP request.
type Actor struct {
	Email, Subject, Device string
	AccessLevels           []string
	Trace                  string // X-Cloud-Trace-Context as it came
	Request                string // the portal's own number of the HTTP request, which pages show
}

// Grant is one role that an event is about.
type Grant struct {
	Resource     string // "projects/ID"
	Role         string
	Condition    string // resource condition, "" for none
	ConditionCut bool   // there is a condition, which was too long for the log
	Digest       string // of the eligible binding; "" where that is not known
}

// Refusal is why nothing was done.
type Refusal struct {
	Reason string // stable, for queries
	Cause  string // for administrators; may be empty
}

// Project is the id of the event's project, "" where it is about none.
func (e Event) Project() string { return project(e.Resource) }

// HasRequest tells whether a request led to the event.
func (e Event) HasRequest() bool { return !e.Expiry.IsZero() }

// TooLate tells whether the event is a decision that came after another one.
func (e Event) TooLate() bool { return e.Refusal != nil && e.Decision != "" }

// Project is the id of the grant's project.
func (g Grant) Project() string { return project(g.Resource) }

// String writes a grant as JIT Access 1.8.1 does.
func (g Grant) String() string {
	if g.Condition == "" {
		return fmt.Sprintf("[iam] %s on %s", g.Role, g.Project())
	}
	return fmt.Sprintf("[iam] %s on %s (condition: %s)", g.Role, g.Project(), g.Condition)
}

func project(resource string) string { return strings.TrimPrefix(resource, "projects/") }
