package event

// Addresses are what mail about an event links to.
type Addresses struct {
	Request    string // the page where reviewers decide; "" where there is no request, or the portal's address is not known
	Home       string // the portal's home; "" where it is not known
	GrantsMore bool   // the role can grant more access
}

// Unreached is somebody whom no e-mail was sent, and why.
type Unreached struct {
	Email string
	Why   Why
}

// Why is why an e-mail was not sent, as far as people need to know it. The text travels in
// addresses.
type Why string

const (
	WhyLimit   Why = "limit"   // too many in too short a time
	WhyServer  Why = "server"  // the mail server did not take it
	WhySetUp   Why = "setup"   // the portal sends none, or none to this address
	WhyAddress Why = "address" // the portal does not know its own address, to link to
)
