package notify

import "time"

// Request is a multi-party activation that waits for a reviewer.
type Request struct {
	ID                string   // of the activation; mails about it thread by it
	Beneficiary       string   // e-mail address, as are the reviewers
	Reviewers         []string // who was asked
	Project, Role     string
	ResourceCondition string // "" for none
	Justification     string
	Duration          time.Duration // of the window that an approval opens
	Asked, Expires    time.Time
	Link              string // where reviewers decide; http or https
	Home              string // the portal's own address
	GrantsMore        bool   // the role can grant more access
}

// Decision is what became of a request, or of the activation that it led to.
type Decision struct {
	Request
	Verdict    Verdict
	By         string // who decided
	Reason     string // in that person's words; may be empty
	At         time.Time
	Start, End time.Time // the window, where one was opened; else zero
}

// Verdict is how a request or its activation ended. The text is stable.
type Verdict string

// The verdicts: a reviewer grants or refuses, the beneficiary takes the request
// back, somebody else takes the activation, the beneficiary gives it back early.
const (
	Approved  Verdict = "approved"
	Declined  Verdict = "declined"
	Withdrawn Verdict = "withdrawn"
	Revoked   Verdict = "revoked"
	Ended     Verdict = "ended"
)

// Activation is one that needed nobody's approval.
type Activation struct {
	ID, Beneficiary, Project string
	Roles                    []string
	Justification            string
	Start, End               time.Time
}

// Revocation is an activation that an administrator took, or that its
// beneficiary gave back, whoever approved it: no request is known for it.
type Revocation struct {
	ID, Beneficiary, Project, Role string
	ResourceCondition              string // "" for none
	Description                    string // as it stands in the policy
	By                             string // who did it
	Start, End                     time.Time
	Home                           string // the portal's own address
}

// request is what the activation has in common with one that was asked for.
func (r Revocation) request() Request {
	return Request{
		ID: r.ID, Beneficiary: r.Beneficiary, Project: r.Project, Role: r.Role, ResourceCondition: r.ResourceCondition,
		Justification: r.Description, Asked: r.Start, Home: r.Home,
	}
}

// Failure says that one address, or the topic, was not told.
type Failure struct {
	Address string // as the caller wrote it; "" for the topic
	Reason  string // one of the reasons below
	Err     error  // for administrators: it may quote the mail server
}

// Why somebody was not told. The texts are stable: pages, logs and queries may
// depend on them.
const (
	Refused        = "refused"        // the server, or Pub/Sub, said no
	Timeout        = "timeout"        // ten seconds passed, or the caller stopped waiting
	Connection     = "connection"     // no connection, or it broke; after DATA the mail may have gone out
	TLS            = "tls"            // STARTTLS is not offered, or the certificate is not trusted
	Authentication = "authentication" // the server did not accept the credentials
	Limit          = "limit"          // too many mails in too short a time
	Configuration  = "configuration"  // no mail server, an address that is none, a mapping or secret that fails
)

// fault is why something was not sent, before it is known whom that concerns.
type fault struct {
	reason string
	err    error
}
