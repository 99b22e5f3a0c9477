package googleapi

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"google.golang.org/grpc"
)

// call is what arrived at the server that stands in for Google.
type call struct {
	Method, Path, Host, Authorization, UserAgent, QuotaProject string
	Major                                                      int
}

// server speaks REST and gRPC on one port, plain or by TLS, and keeps count.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []call
	opened int
	rest   http.HandlerFunc // nil: {}
}

type fakeAssets struct {
	assetpb.UnimplementedAssetServiceServer
}

func (fakeAssets) SearchAllIamPolicies(context.Context, *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error) {
	return &assetpb.SearchAllIamPoliciesResponse{Results: []*assetpb.IamPolicySearchResult{{Resource: "found"}}}, nil
}

func newServer(t *testing.T, encrypted bool, rest http.HandlerFunc) *server {
	t.Helper()
	s := &server{rest: rest}
	rpc := grpc.NewServer()
	assetpb.RegisterAssetServiceServer(rpc, fakeAssets{})
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.record(r)
		switch {
		case strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
			rpc.ServeHTTP(w, r)
		case s.rest != nil:
			s.rest(w, r)
		default:
			_, _ = w.Write([]byte("{}"))
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.opened++
		}
	}
	if encrypted {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *server) record(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call{r.Method, r.URL.EscapedPath(), r.Host, r.Header.Get("Authorization"),
		r.UserAgent(), r.Header.Get(quotaHeader), r.ProtoMajor})
}

func (s *server) seen(path string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []call
	for _, c := range s.calls {
		if c.Path == path {
			found = append(found, c)
		}
	}
	return found
}

func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

func (s *server) host() string { return s.Listener.Addr().String() }

// roots trusts the server's own certificate.
func (s *server) roots() *x509.CertPool {
	if s.Certificate() == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func (s *server) access(t *testing.T, c Config) *Access {
	t.Helper()
	c.Endpoint = s.URL + c.Endpoint // a test's endpoint is a prefix
	a, err := newAccess(t.Context(), c, s.roots())
	if err != nil {
		t.Fatal(err)
	}
	return a
}
