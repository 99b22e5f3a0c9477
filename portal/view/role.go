package view

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Role is a role on a project as people read it.
type Role struct {
	Name    string // "roles/compute.admin"
	Title   string // "Compute Admin"; empty: the name is shown
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

// onProject is the role with its project: "Compute Admin on payments-prod".
func (r Role) onProject() string {
	return r.label() + " on " + r.Project
}

// accessibleName is the role with what narrows it. Screen readers get it with a control of which a
// page has several.
func (r Role) accessibleName() string {
	if r.Limit == "" {
		return r.onProject()
	}
	return r.onProject() + ", only where " + r.Limit
}

// Constraint is which approval a role needs. The values are parameters of a search's address.
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
	Closed       string        // a sentence: why it cannot be activated now, and who can fix it; empty: it can
	Reference    string        // names the entitlement in forms
	Selected     bool          // it is chosen already, on a project's page
	ActivateLink string        // address of the form that activates or extends it; empty: no control
	RequestLink  string        // address of the form that asks a peer to approve it; empty: no control
	EndLink      string        // address of the question whether to end what is active; empty: no control
}

// Activation is one role that is active now, whether or not the person is still eligible for it.
type Activation struct {
	Role
	Start, End  time.Time
	ProjectLink string // address of the project's page; empty: no link
	Description string // as it stands in the policy, justification included; may be empty
	Lapsed      bool   // no eligible binding of the person was found for it
	ExtendLink  string // address of the form that extends it; empty: no control
	EndLink     string // address of the question whether to end it now; empty: no control
}

// Gaps is what a page could not find out, so that an empty list is never taken for the whole truth.
type Gaps struct {
	Groups  int      // how many groups have members that cannot be read
	Indexed int      // how many projects are shown as Google Cloud's index has them, which lags by minutes
	Unread  []string // projects whose policy could not be read; they are shown from the index
}

// active reports whether the entitlement has an activation that has not ended.
func (e Entitlement) active(now time.Time) bool {
	return e.ActiveUntil.After(now)
}

// selectable reports whether the person can activate or extend the role on their own.
func (e Entitlement) selectable() bool {
	return e.Constraint == SelfApproval && e.Closed == ""
}

// needsPeer reports whether a peer has to approve the role.
func (e Entitlement) needsPeer() bool {
	return e.Constraint == MultiPartyApproval && e.Closed == ""
}

// closed reports whether the role cannot be activated now.
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

// toExtend says how to extend an active role on its project's page, and leads over to the link that
// ends it.
func (e Entitlement) toExtend() string {
	if e.EndLink == "" {
		return "Select it to extend"
	}
	return "Select it to extend, or "
}

// endsSoon reports whether the activation ends within soonWithin.
func (a Activation) endsSoon(now time.Time) bool {
	return a.End.Sub(now) < soonWithin
}

// until is the text before the end of the activation.
func (a Activation) until(now time.Time) string {
	if a.endsSoon(now) {
		return "Ends soon, at"
	}
	return "until"
}

// totalMinutes is the length of the window in minutes, at least 1: the maximum of the progress bar.
func (a Activation) totalMinutes() int {
	return max(minutesOf(a.End.Sub(a.Start)), 1)
}

// railLabel describes the progress bar to screen readers.
func (a Activation) railLabel(now time.Time) string {
	return fmt.Sprintf("%d of %s left", minutesOf(a.End.Sub(now)), count(a.totalMinutes(), "minute"))
}

// stillActive are the activations that have not ended, by their end.
func stillActive(all []Activation, now time.Time) []Activation {
	var found []Activation
	for _, a := range all {
		if a.End.After(now) {
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b Activation) int {
		return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.onProject(), b.onProject()))
	})
	return found
}
