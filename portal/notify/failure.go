package notify

import (
	"errors"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
)

// failure says that one person, or the topic, was not notified.
type failure struct {
	address string // as the caller wrote it; "" for the topic
	reason  string // one of the reasons below
	err     error  // for administrators: it may quote the mail server
}

// why is what people may read about a failure: what the server replied is for administrators.
func (f failure) why() event.Why {
	switch {
	case errors.Is(f.err, errNoAddress):
		return event.WhyAddress
	case f.reason == Limit:
		return event.WhyLimit
	case f.reason == Configuration:
		return event.WhySetUp
	}
	return event.WhyServer
}

// errNoAddress says that there is nothing to link to.
var errNoAddress = errors.New("the portal does not know its own address; set PUBLIC_URL")

// Why somebody was not notified. The texts are stable: pages, logs and queries may depend on them.
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
