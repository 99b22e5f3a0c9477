package view

import "time"

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
	EndLink      string        // address of the question whether to end what is active; empty: no control
}

// Activation is one role that is active now, whether or not the person is still eligible for it.
type Activation struct {
	Role
	Start, End  time.Time
	Description string // as it stands in the policy, justification included; may be empty
	Lapsed      bool   // the person is no longer eligible for it
	ExtendLink  string // address of the form that extends it; empty: no control
	EndLink     string // address of the question whether to end it now; empty: no control
}

// Gaps is what a page could not find out, so that an empty list never stands for an unknown one.
type Gaps struct {
	Groups  int      // how many groups have members that cannot be read
	Indexed int      // how many projects are shown as Google Cloud's index has them, which lags by minutes
	Unread  []string // projects whose policy could not be read; they are shown from the index
}
