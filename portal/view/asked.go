package view

import (
	"strings"
	"time"
)

// RequestState is what has become of a request.
type RequestState string

// The states of a request.
const (
	Waiting    RequestState = "waiting"
	Approved   RequestState = "approved"   // and active now
	Over       RequestState = "over"       // was approved; the window has ended
	Declined   RequestState = "declined"   // by a reviewer
	Withdrawn  RequestState = "withdrawn"  // by the beneficiary
	Spent      RequestState = "spent"      // another decision on the same role closed it
	Expired    RequestState = "expired"    // nobody decided in time
	Ineligible RequestState = "ineligible" // the beneficiary is no longer eligible
	Void       RequestState = "void"       // nobody may approve it, for another reason
)

// AskedPage is a request for everybody whom it names. Its address is the link that the reviewers
// get.
type AskedPage struct {
	Now            time.Time
	State          RequestState
	Role           Role
	Beneficiary    string
	Reviewers      []string
	Justification  string
	Asked, Expires time.Time
	Start, End     time.Time     // of the window, once it is known
	Duration       time.Duration // as it was asked for
	Fixed          bool          // the window is Start to End whenever it is approved, as JIT Access 1.8.1 asked
	Description    string        // of the binding that decided it, as the policy has it; may be empty
	DecidedBy      string        // who decided, where that is known; may be empty
	DecidedAt      time.Time     // when; zero: not known
	EndedEarly     bool          // it ended before the end that the approval gave
	TooLate        TooLate       // why what the reader has just tried changed nothing; empty: nothing was tried
	Reason         string        // of somebody who declined; may be empty
	ID             string
	ProjectLink    string // address of the project's page; empty: no link
	SelfLink       string // address of this page, to load it again
	Link           string // the whole address of this page, to copy; empty: not shown

	Mail               *Mail // who was sent the e-mail; nil: not known, so the page does not say
	EligibilityUnknown bool  // a group that the beneficiary's eligibility depends on could not be read

	Void string // a sentence: why nobody may approve it, in that state

	WithdrawAction string // address that the form is sent to; empty: no control, as for those that follow
	ResendAction   string
	AgainLink      string // the form of a new request, filled in
	RevokeLink     string // the question whether to revoke
	EndLink        string // the question whether to end
	Hints          []HiddenField
}

// Mail says who was sent the e-mail that asks the reviewers, with a copy to the beneficiary.
type Mail struct {
	Unreached []string  // who was not sent it
	Reason    string    // a sentence: why not; may be empty
	Copied    bool      // the beneficiary was sent a copy
	ResentAt  time.Time // when it was sent again; zero: it was not
}

// TooLate is what had happened before an act, so that the act changed nothing.
type TooLate string

// What can have happened before an act.
const (
	TooLateDecided TooLate = "decided"
	TooLateEnded   TooLate = "ended"
)

// isBeneficiary reports whether the reader is the beneficiary.
func (m AskedPage) isBeneficiary(l Layout) bool {
	return strings.EqualFold(l.Person, m.Beneficiary)
}

// heading says what is true of the request now.
func (m AskedPage) heading() string {
	switch m.State {
	case Waiting:
		if m.nobodyReached() {
			return "Not sent"
		}
		return "Waiting for approval"
	case Approved:
		return "Active until " + clock(m.End, m.Now)
	}
	return map[RequestState]string{
		Over: "Approved, and over", Declined: "Declined", Withdrawn: "Withdrawn", Spent: "This request is over",
		Expired: "Expired", Ineligible: "No longer eligible",
		Void: "This request is over",
	}[m.State]
}

// meaning says what the state means, and what did not happen.
func (m AskedPage) meaning() string {
	switch m.State {
	case Over:
		return "It was approved, and its window has ended. It cannot be approved any more."
	case Declined:
		return "Nothing was activated. The request is over, and cannot be approved any more."
	case Withdrawn:
		return m.Beneficiary + " withdrew it. Nothing was activated, and it cannot be approved any more."
	case Spent:
		return "A later decision on the same role closed it, so it can no longer be approved. Nothing more is activated by it."
	case Expired:
		return "Nobody approved it in time, so nothing was activated."
	case Ineligible:
		return "The eligible binding has changed since the request was made, or a group that it names, so it cannot be approved. " +
			"Nothing was activated."
	case Void:
		return m.Void + " Nothing was activated."
	}
	return ""
}

// badge is the class, the icon and the word of the state.
func (m AskedPage) badge() (class, icon, word string) {
	switch m.State {
	case Waiting:
		return "badge wait", "wait", "Waiting for approval"
	case Approved:
		return "badge good", "active", "Active"
	case Declined:
		return "badge bad", "stop", "Declined"
	case Over:
		return "badge", "over", "Ended"
	case Withdrawn:
		return "badge", "over", "Withdrawn"
	case Expired:
		return "badge", "clock", "Expired"
	case Ineligible:
		return "badge bad", "stop", "No longer eligible"
	}
	return "badge", "over", "Closed"
}
