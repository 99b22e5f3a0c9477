package view

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Role names one role on one project as people read it.
type Role struct {
	Name    string // "roles/compute.admin"
	Title   string // "Compute Admin"; empty: the name stands for it
	Project string // the project's id
	Limit   string // the resource condition that narrows the role; empty: none
}

// label is what the role is called in a heading or a sentence.
func (r Role) label() string {
	if r.Title == "" {
		return r.Name
	}
	return r.Title
}

// onProject names the role and where it is: "Compute Admin on payments-prod".
func (r Role) onProject() string {
	return r.label() + " on " + r.Project
}

// object names the role for a control that stands beside its like: with what narrows it.
func (r Role) object() string {
	if r.Limit == "" {
		return r.onProject()
	}
	return r.onProject() + ", only where " + r.Limit
}

// Constraint is which approval a role needs. The values travel in the address of a search.
type Constraint string

const (
	SelfApproval       Constraint = "self"
	MultiPartyApproval Constraint = "peers"
)

// Entitlement is one role that the person is eligible for.
type Entitlement struct {
	Role
	Constraint   Constraint
	Max          time.Duration // the longest window that can be chosen
	ActiveUntil  time.Time     // zero: not active now
	Closed       string        // a sentence: why it cannot be activated now, and who can mend it; empty: it can
	Reference    string        // what travels in forms to name this entitlement
	Selected     bool          // on a project's page: chosen already
	ActivateLink string        // address of the form that activates or extends it; empty: no control
	RequestLink  string        // address of the form that asks a peer to approve it; empty: no control
	EndLink      string        // address of the question whether to end what is active; empty: no control
}

// Activation is one role that is active now, whether or not the person is eligible for it.
type Activation struct {
	Role
	Start, End  time.Time
	ProjectLink string // address of the project's page; empty: no link
	Description string // as it stands in the policy, justification included; may be empty
	Lapsed      bool   // no eligible binding of the person was found for it
	ExtendLink  string // address of the form that extends it; empty: no control
	EndLink     string // address of the question whether to end it now; empty: no control
}

// Gaps is what a page could not find out, so that an empty list never stands for an unknown one.
type Gaps struct {
	Groups  int      // how many groups have members that cannot be read
	Indexed int      // how many projects are shown as Google Cloud's index has them, which lags by minutes
	Unread  []string // projects whose policy could not be read; they are shown from the index
}

// active says whether the entitlement has an activation that lasts beyond now.
func (e Entitlement) active(now time.Time) bool {
	return e.ActiveUntil.After(now)
}

// selectable says whether the person can activate or extend the role without asking anybody.
func (e Entitlement) selectable() bool {
	return e.Constraint == SelfApproval && e.Closed == ""
}

// asks says whether a peer would have to approve the role.
func (e Entitlement) asks() bool {
	return e.Constraint == MultiPartyApproval && e.Closed == ""
}

// closed says whether the role cannot be activated now.
func (e Entitlement) closed() bool {
	return e.Closed != ""
}

// approval names the constraint.
func (e Entitlement) approval() string {
	if e.Constraint == MultiPartyApproval {
		return "Multi-party approval"
	}
	return "Self-approval"
}

// upTo says the longest window, if one is known.
func (e Entitlement) upTo() string {
	if e.Max <= 0 {
		return ""
	}
	return ", up to " + length(e.Max)
}

// toExtend says how an active role is extended on its project's page, and leads on to how it is ended.
func (e Entitlement) toExtend() string {
	if e.EndLink == "" {
		return "Select it to extend"
	}
	return "Select it to extend, or "
}

// soon says whether the activation ends within soonBelow.
func (a Activation) soon(now time.Time) bool {
	return a.End.Sub(now) < soonBelow
}

// until introduces the end of the activation.
func (a Activation) until(now time.Time) string {
	if a.soon(now) {
		return "Ends soon, at"
	}
	return "until"
}

// total is the length of the window in minutes, at least 1, which is the full length of its rail.
func (a Activation) total() int {
	return max(minutesOf(a.End.Sub(a.Start)), 1)
}

// rail says what the rail shows.
func (a Activation) rail(now time.Time) string {
	return fmt.Sprintf("%d of %s left", minutesOf(a.End.Sub(now)), count(a.total(), "minute"))
}

// lasting is the activations that last beyond now, first to end first.
func lasting(all []Activation, now time.Time) []Activation {
	var some []Activation
	for _, a := range all {
		if a.End.After(now) {
			some = append(some, a)
		}
	}
	slices.SortStableFunc(some, func(a, b Activation) int {
		return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.onProject(), b.onProject()))
	})
	return some
}
