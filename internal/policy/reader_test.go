package policy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRead_RepeatsWhatMayPass(t *testing.T) {
	for _, c := range []struct {
		fault error
		tries int
	}{
		{statusError(http.StatusTooManyRequests), 3},
		{statusError(http.StatusInternalServerError), 3},
		{statusError(http.StatusServiceUnavailable), 3},
		{errBroken, 3},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, 3},
		{context.DeadlineExceeded, 3},
		{&url.Error{Op: "Post", URL: "https://cloudresourcemanager.googleapis.com", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, 1},
		{&url.Error{Op: "Post", URL: "https://cloudresourcemanager.googleapis.com", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, 1},
		{&url.Error{Op: "Post", URL: "https://cloudresourcemanager.googleapis.com", Err: errors.New("Proxy Authentication Required")}, 1},
		{statusError(http.StatusProxyAuthRequired), 1},
		{statusError(http.StatusForbidden), 1},
		{statusError(http.StatusNotFound), 1},
		{statusError(http.StatusUnauthorized), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(project)
			s.onGet = func(int) error { return c.fault }
			_, err := NewReader(s, PortalRetry()).Read(t.Context(), project)
			if !errors.Is(err, c.fault) || s.reads != c.tries {
				t.Errorf("%v: err = %v after %d reads, want it after %d", c.fault, err, s.reads, c.tries)
			}
		})
	}
}

func TestRead_SucceedsOnceTheFaultPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onGet = func(n int) error {
			if n < 3 {
				return statusError(http.StatusServiceUnavailable)
			}
			return nil
		}
		if _, err := NewReader(s, PortalRetry()).Read(t.Context(), project); err != nil {
			t.Error(err)
		}
	})
}

func TestRead_AHangingReadIsRepeatedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.trip = time.Hour
		start := time.Now()
		if _, err := NewReader(s, PortalRetry()).Read(t.Context(), project); err == nil {
			t.Error("a read that hangs for ever succeeded")
		}
		if took := time.Since(start); took > PortalRetry().Within {
			t.Errorf("gave up after %v, want at most %v", took, PortalRetry().Within)
		}
	})
}

func TestRead_RefusesAResponseThatIsNoPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.policies[project].Etag = ""
		if _, err := NewReader(s, PortalRetry()).Read(t.Context(), project); !errors.Is(err, ErrNoEtag) {
			t.Errorf("err = %v, want ErrNoEtag", err)
		}
	})
}
