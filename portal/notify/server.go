package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// SMTP is the mail server and who sends through it. The zero value sends no mail. The fields are
// the SMTP variables of JIT Access 1.8.1.
type SMTP struct {
	Host string // a name, or an address, that the server's certificate is for
	Port int
	// StartTLS requires TLS: a server that does not offer it, or whose certificate is not trusted,
	// gets no mail. 1.8.1 only used it if offered.
	StartTLS      bool
	SenderName    string
	SenderAddress string // its presence is what turns mail on

	// Credentials are used if there is a user name and a password or a secret; a secret wins.
	// Without StartTLS they are refused, unless Host is this machine.
	Username, Password string
	// Secret reads the password. What it returns is trimmed and cached; it is called again, at most
	// once for each mail, when the server refuses the password. It must return when its context
	// ends.
	Secret func(context.Context) (string, error)

	Roots *x509.CertPool // nil: the system's
	// Dial connects; nil: TCP. It must return when its context ends.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (s SMTP) authenticates() bool { return s.Username != "" && (s.Password != "" || s.Secret != nil) }

// check reports every problem.
func (s SMTP) check() error {
	var problems []error
	if s.Host == "" || s.Host != ascii(s.Host, maxAddress) || strings.ContainsAny(s.Host, " /@") {
		problems = append(problems, fmt.Errorf("the mail server %q is no host name", s.Host))
	}
	if s.Port < 1 || s.Port > 65535 {
		problems = append(problems, fmt.Errorf("the mail server's port %d is not between 1 and 65535", s.Port))
	}
	if !plainAddress(s.SenderAddress) {
		problems = append(problems, fmt.Errorf("the sender's address %q is no e-mail address of plain ASCII", s.SenderAddress))
	}
	if s.SenderName != prose(s.SenderName, maxName) {
		problems = append(problems, fmt.Errorf("the sender's name %q holds characters that a name does not", s.SenderName))
	}
	if s.authenticates() && !s.StartTLS && !s.loopback() {
		problems = append(problems, errors.New("the credentials for the mail server would travel unencrypted: turn STARTTLS on"))
	}
	return errors.Join(problems...)
}

func (s SMTP) loopback() bool {
	ip, err := netip.ParseAddr(s.Host)
	return s.Host == "localhost" || err == nil && ip.IsLoopback()
}

// domain is the sender's. It stands in Message-IDs and in the greeting, where the host name of a
// container would mean nothing to the server.
func (s SMTP) domain() string {
	return strings.ToLower(s.SenderAddress[strings.LastIndexByte(s.SenderAddress, '@')+1:])
}
