package view

// ProblemPage is every refusal and every outage: what happened, what it means, what to do, and one way on.
// It never carries what Google answered, nor the address of anybody but the reader; Detail is for administrators.
type ProblemPage struct {
	Title   string   // a sentence without a full stop; the heading
	Meaning string   // what it means, and what did not happen
	Advice  []string // what to do, each a sentence
	Way     Way
	Again   *Resend // the form once more, as it was sent; nil: none
	Switch  bool    // offers to sign in with another account
	Status  bool    // offers the status page of Google Cloud
	Detail  []Fact
	Command string // what an administrator could run; empty: none
}

const statusAddress = "https://status.cloud.google.com"

// Way leads on from a problem.
type Way struct {
	Text string
	Link string
}

// Resend is a form that keeps what was written.
type Resend struct {
	Text   string // on the button
	Action string
	Fields []HiddenField
}

// HiddenField is a name and a value that travel in a form.
type HiddenField struct{ Name, Value string }

// Fact is a name and a value. Code values are identifiers, to be copied as they are.
type Fact struct {
	Name, Value string
	Code        bool
}
