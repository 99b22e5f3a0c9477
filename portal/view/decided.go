package view

import "time"

// Decision is what somebody has done about a request, or about the activation that it made.
type Decision string

// The decisions.
const (
	DecisionApproved  Decision = "approved"
	DecisionDeclined  Decision = "declined"
	DecisionWithdrawn Decision = "withdrawn"
	DecisionRevoked   Decision = "revoked"
)

// DecidedPage follows a decision: an approval, a refusal, a withdrawal or a revocation.
type DecidedPage struct {
	Now           time.Time
	Decision      Decision
	Repeated      bool // it had ended before, so nothing was changed
	Role          Role
	Beneficiary   string
	Justification string
	Start, End    time.Time // of the window that was approved; End is when a revoked one ended
	Reason        string    // of somebody who declined
	Notified      []string  // who was sent an e-mail
	Unreached     string    // a sentence: who was not notified; may be empty
	RequestLink   string    // address of the request's page; empty: no control
	RevokeLink    string    // address of the question whether to revoke; empty: no control
}

// heading says the outcome, up to the end that an approval gives.
func (m DecidedPage) heading() string {
	switch m.Decision {
	case DecisionApproved:
		return "Approved. " + m.Beneficiary + " has " + m.Role.label() + " until " + clock(m.End, m.Now)
	case DecisionDeclined:
		return "Declined. Nothing was activated"
	case DecisionWithdrawn:
		return "Withdrawn. Nothing was activated"
	}
	if m.Repeated {
		return "Ended before: " + m.Role.onProject()
	}
	return "Revoked: " + m.Role.onProject()
}

// lead says what follows.
func (m DecidedPage) lead() string {
	switch m.Decision {
	case DecisionApproved:
		return "On " + m.Role.Project + ", for " + length(m.End.Sub(m.Start)) + ". It ends by itself."
	case DecisionDeclined:
		return "The request is over, and cannot be approved any more."
	case DecisionWithdrawn:
		return "The request is over, and cannot be approved any more. You can ask again at any time."
	}
	return m.Beneficiary + " no longer has the role." + stopNotice(m.End, m.Now)
}

// notified says who was sent an e-mail; it is empty if that is known of nobody.
func (m DecidedPage) notified() string {
	switch len(m.Notified) {
	case 0:
		return ""
	case 1:
		return m.Notified[0] + " was told by e-mail."
	}
	return list(m.Notified, "person") + " were told by e-mail."
}

// stillTrue says what holds although somebody was not notified.
func (m DecidedPage) stillTrue() string {
	switch m.Decision {
	case DecisionApproved:
		return "The access is active all the same."
	case DecisionRevoked:
		return "The access has ended all the same."
	}
	return "The request is over all the same."
}
