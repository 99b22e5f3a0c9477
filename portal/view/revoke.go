package view

import (
	"cmp"
	"slices"
	"time"
)

// RevokePage asks to confirm that somebody else's activation is to end now.
type RevokePage struct {
	Now         time.Time
	Role        Role
	Beneficiary string
	Start, End  time.Time
	Description string // as it stands in the policy; may be empty
	Action      string // address that the form is sent to
	CancelLink  string // where somebody goes who leaves it active
	Reference   string // what names the activation, sent as FieldRole; empty: not sent
	ID          string // of the activation, sent as FieldID; empty: not sent
	Fields      []HiddenField
}

// HoldingsPage is who has what active on a project, for administrators.
type HoldingsPage struct {
	Now         time.Time
	Project     string
	ProjectLink string       // address of the project's page; empty: no link
	Done        *DecidedPage // what the reader has just revoked; nil: nothing
	Holdings    []Holding    // in any order, ended ones too; shown by their end
	Findings    []Finding    // in any order; those that grant access are shown first
}

// Finding is a binding that looks as if it were meant for just-in-time access, but does not count
// as it is written.
type Finding struct {
	Seen   string // a sentence
	Write  string // a sentence: what to write instead
	Grants bool   // as it is written, it may grant access by itself
}

// Holding is one activation of somebody.
type Holding struct {
	Role
	Person      string
	Start, End  time.Time
	Description string // as it stands in the policy; may be empty
	RevokeLink  string // address of the question whether to revoke it; empty: no control
}

func (m RevokePage) heading() string {
	return "Revoke " + m.Role.onProject() + " from " + m.Beneficiary + " now?"
}

func (m HoldingsPage) heading() string {
	return "Who has access to " + m.Project
}

// findings are the page's, with those that grant access first.
func (m HoldingsPage) findings() []Finding {
	return slices.SortedStableFunc(slices.Values(m.Findings), func(a, b Finding) int {
		switch {
		case a.Grants == b.Grants:
			return 0
		case a.Grants:
			return -1
		}
		return 1
	})
}

// active are the activations that have not ended, by their end.
func (m HoldingsPage) active() []Holding {
	active := slices.DeleteFunc(slices.Clone(m.Holdings), func(h Holding) bool { return !h.End.After(m.Now) })
	slices.SortStableFunc(active, func(a, b Holding) int {
		return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.Person, b.Person))
	})
	return active
}

// lead says how many activations there are.
func (m HoldingsPage) lead() string {
	n := len(m.active())
	if n == 0 {
		return "Nothing is active on this project."
	}
	return count(n, "activation") + ", as the IAM policy has it now."
}
