package cause

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// unanswered explains an error where nobody answered.
func unanswered(err error) Cause {
	switch {
	case errors.Is(err, context.Canceled):
		return Cause{Kind: Canceled}
	case unreached(err):
		return Cause{Kind: Network, Retryable: !lasting(err)}
	}
	return Cause{}
}

// unreached tells whether a connection failed, broke or took too long. Whatever the client's
// transport says is a net.Error.
func unreached(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// lasting tells whether another try meets the same: a host that does not exist, a certificate that
// nobody vouches for, a proxy that wants a name.
func lasting(err error) bool {
	var host *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &host) && host.IsNotFound || errors.As(err, &certificate) ||
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}
