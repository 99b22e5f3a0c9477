package view

// ProblemPage is a refusal or an outage: what happened, what it means, and what to do. It never
// holds Google's own messages, nor the address of anybody but the reader, unless a request names
// both. Detail is for administrators.
type ProblemPage struct {
	Title         string   // a sentence without a full stop; the heading
	Meaning       string   // what it means, and what did not happen
	Advice        []string // what to do, each a sentence
	Next          NextStep
	Retry         *Resend // offers to send the form again; nil: does not
	SwitchAccount bool    // offers to sign in with another account
	StatusPage    bool    // offers the status page of Google Cloud
	Detail        []Fact
	Command       string // what an administrator could run; empty: none
}

const statusAddress = "https://status.cloud.google.com"

// NextStep is a link to go on from a problem.
type NextStep struct {
	Text string
	Link string
}

// Resend is a form that sends again what was sent.
type Resend struct {
	Text   string // on the button
	Action string
	Fields []HiddenField
}

// HiddenField is a field of a form that is not shown.
type HiddenField struct{ Name, Value string }

// Fact is a name with a value. A Code value is an identifier to copy.
type Fact struct {
	Name, Value string
	Code        bool
}
