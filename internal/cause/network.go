package cause

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// withoutResponse explains an error where nobody answered.
func withoutResponse(err error) Cause {
	switch {
	case upstream.AsThrottled(err) != nil:
		return Cause{Kind: NotAsked}
	case errors.Is(err, context.Canceled):
		return Cause{Kind: Canceled}
	case connectionFailed(err):
		return Cause{Kind: Network, Retryable: !isPermanent(err)}
	}
	return Cause{}
}

// connectionFailed tells whether a connection failed, broke or took too long. Whatever the client's
// transport says is a net.Error.
func connectionFailed(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// isPermanent tells whether another try would fail alike: a host that does not exist, a certificate
// that nobody vouches for, a proxy that asks for a login.
func isPermanent(err error) bool {
	var host *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &host) && host.IsNotFound || errors.As(err, &certificate) ||
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}
