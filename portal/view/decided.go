package view

import "time"

// Verdict is what somebody did about a request, or about what it had made active.
type Verdict string

// What somebody can have done.
const (
	VerdictApproved  Verdict = "approved"
	VerdictDeclined  Verdict = "declined"
	VerdictWithdrawn Verdict = "withdrawn"
	VerdictRevoked   Verdict = "revoked"
)

// DecidedPage is what is true after somebody approved, declined, withdrew or revoked.
type DecidedPage struct {
	Now           time.Time
	Verdict       Verdict
	Repeated      bool // it had ended before; nothing was done now
	Role          Role
	Beneficiary   string
	Justification string
	Start, End    time.Time // of the window, when approved; when revoked, End is when it ended
	Reason        string    // of somebody who declined
	Told          []string  // who was sent an e-mail
	Untold        string    // a sentence: who was not told or what was not recorded; may be empty
	RequestLink   string    // address of the request's page; empty: no control
	RevokeLink    string    // address of the question whether to revoke; empty: no control
}

// heading says the outcome, up to the end that an approval gives.
func (m DecidedPage) heading() string {
	switch m.Verdict {
	case VerdictApproved:
		return "Approved. " + m.Beneficiary + " has " + m.Role.label() + " until " + clock(m.End, m.Now)
	case VerdictDeclined:
		return "Declined. Nothing was activated"
	case VerdictWithdrawn:
		return "Withdrawn. Nothing was activated"
	}
	if m.Repeated {
		return "Ended before: " + m.Role.onProject()
	}
	return "Revoked: " + m.Role.onProject()
}

// lead says what follows.
func (m DecidedPage) lead() string {
	switch m.Verdict {
	case VerdictApproved:
		return "On " + m.Role.Project + ", for " + length(m.End.Sub(m.Start)) + ". It ends by itself."
	case VerdictDeclined:
		return "The request is over, and cannot be approved any more."
	case VerdictWithdrawn:
		return "The request is over, and cannot be approved any more. You can ask again at any time."
	}
	return m.Beneficiary + " no longer has the role." + stopping(m.End, m.Now)
}

// told says who was sent an e-mail; empty: nobody is known to have been.
func (m DecidedPage) told() string {
	switch len(m.Told) {
	case 0:
		return ""
	case 1:
		return m.Told[0] + " was told by e-mail."
	}
	return list(m.Told, "person") + " were told by e-mail."
}

// despite says what holds although somebody was not told.
func (m DecidedPage) despite() string {
	switch m.Verdict {
	case VerdictApproved:
		return "The access is active all the same."
	case VerdictRevoked:
		return "The access has ended all the same."
	}
	return "The request is over all the same."
}
