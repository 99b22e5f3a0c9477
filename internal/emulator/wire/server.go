// Package wire is the network side of the emulated services: REST and gRPC on one port, both served
// by the same implementation of a generated server interface.
//
// It knows where a call goes (REST by Host header or by the first element of the path, gRPC by
// method name), how Google encodes responses and errors, and how to fail as networks do, on
// request. It knows nothing of what a service does. Every call, of either protocol, passes the same
// stages: journal, latency, holds, faults, quota, authentication, service. Its entry in the journal
// is complete before the response is sent. Where nothing serves a call, the response is 501.
package wire

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxBody is the size of the largest request that is read.
const maxBody = 16 << 20

// Options are what a server needs to know of the world. All functions are called from many
// goroutines at once.
type Options struct {
	// Clock gives the times of the journal and the minutes of quotas. Required.
	Clock func() time.Time
	// Caller returns whose access token it is. Required.
	Caller func(token string) (string, bool)
	// Consumer is the project number that a call is counted for. Required where quotas are on. It
	// gets the caller and the quota project that the call names.
	Consumer func(caller, project string) string
	// Latency is how long every call waits before it is served.
	Latency time.Duration
	// Quotas turns Google's documented quotas on.
	Quotas bool
}

// Server serves an emulated Google Cloud. Services are registered before it serves.
type Server struct {
	options Options
	journal Journal
	quota   *quota

	hosts   map[string]*host
	methods map[string]*method // by gRPC path

	latency atomic.Int64 // a time.Duration
	faults  registry[func(Call) Fault]
	holds   registry[*Held]
}

// host is what one API host serves: routes of services, or handlers.
type host struct {
	name    string
	routes  []*route
	handler *http.ServeMux
	public  bool
	own     bool // of the emulator itself: its requests pass no stages
}

// New returns a server without services.
func New(o Options) *Server {
	s := &Server{options: o, quota: &quota{options: o, calls: map[quotaKey]int{}}, hosts: map[string]*host{}, methods: map[string]*method{}}
	s.SetLatency(o.Latency)
	return s
}

// Handle serves a host by handlers written by hand. Calls must carry an access token. The server's
// own errors have the older envelope.
func (s *Server) Handle(name string, h *http.ServeMux) {
	s.hosts[name] = &host{name: name, handler: h}
}

// HandlePublic is Handle for a host that anyone may call.
func (s *Server) HandlePublic(name string, h *http.ServeMux) {
	s.hosts[name] = &host{name: name, handler: h, public: true}
}

// HandleOwn serves pages of the emulator itself. Requests for them are no calls: they pass no
// stages and are not in the journal.
func (s *Server) HandleOwn(name string, h *http.ServeMux) {
	s.hosts[name] = &host{name: name, handler: h, own: true}
}

// Journal is the record of all calls.
func (s *Server) Journal() *Journal { return &s.journal }

// SetLatency changes how long every call waits from now on.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// HTTP returns an HTTP server for this one, which speaks HTTP/1 and plaintext HTTP/2.
func (s *Server) HTTP() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s,
		Protocols:         protocols,
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
	}
}

type (
	connKey   struct{}
	callerKey struct{}
)

// Caller is who makes the call that a service serves.
func Caller(ctx context.Context) string {
	caller, _ := ctx.Value(callerKey{}).(string)
	return caller
}

// ServeHTTP serves one call of either protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := decompress(r); err != nil {
		http.Error(w, fmt.Sprintf("reading the body: %v", err), http.StatusBadRequest)
		return
	}
	if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		s.exchange(w, r, s.grpcCall(r))
		return
	}
	h, r := s.locate(r)
	switch {
	case h.own:
		h.handler.ServeHTTP(w, r)
	case h.handler != nil:
		s.exchange(w, r, s.handlerCall(h, r))
	default:
		s.exchange(w, r, s.restCall(h, r))
	}
}

// locate finds the host that is meant: the one of the Host header, else the first element of the
// path, which is then no longer part of the path. A host that is not served has no routes.
func (s *Server) locate(r *http.Request) (*host, *http.Request) {
	named, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		named = r.Host
	}
	if h := s.hosts[named]; h != nil {
		return h, r
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	path, err := url.PathUnescape("/" + rest)
	if err != nil || s.hosts[first] == nil && !strings.Contains(first, ".") {
		return &host{name: named}, r
	}
	moved := r.Clone(r.Context())
	moved.Host, moved.URL.Path, moved.URL.RawPath = first, path, "/"+rest
	return cmp.Or(s.hosts[first], &host{name: first}), moved
}

// decompress replaces the body by one that was read to its end, without its compression. Only after
// that net/http notices a client that leaves.
func decompress(r *http.Request) error {
	body := io.Reader(http.MaxBytesReader(nil, r.Body, maxBody))
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = io.LimitReader(unzipped, maxBody)
		r.Header.Del("Content-Encoding")
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return nil
}

// handlerCall is a call of a host that is served by hand.
func (s *Server) handlerCall(h *host, r *http.Request) *operation {
	_, pattern := h.handler.Handler(r)
	if pattern == "" {
		return s.unservedCall(h, r)
	}
	call := s.describe(r)
	call.Host, call.Service, call.Method, call.Resource = h.name, h.name, pattern, r.URL.Path
	return &operation{
		call:   call,
		public: h.public,
		serve: func(ctx context.Context) *response {
			a := newResponse()
			h.handler.ServeHTTP(a, r.WithContext(ctx))
			a.code = codeOf(a.status)
			return a
		},
		fail: func(e callError) *response { return legacyEnvelope(e) },
	}
}

// unservedCall is a call of a host or a method that nothing serves here.
func (s *Server) unservedCall(h *host, r *http.Request) *operation {
	call := s.describe(r)
	call.Host, call.Service, call.Method, call.Resource = h.name, h.name, r.Method+" "+r.URL.Path, r.URL.Path
	e := callErrorFrom(status.Errorf(codes.Unimplemented, "Operation is not implemented, or supported, or enabled: %s %s%s", r.Method, h.name, r.URL.Path))
	return &operation{call: call, public: true, invalid: &e, fail: func(e callError) *response { return statusEnvelope(e, isDiscovery(r)) }}
}

// isDiscovery tells whether the client library was generated from a discovery document, by the name
// that it sends.
func isDiscovery(r *http.Request) bool {
	return strings.Contains(r.Header.Get("X-Goog-Api-Client"), "gdcl/")
}

// describe returns what the headers say about a call, in either protocol.
func (s *Server) describe(r *http.Request) Call {
	call := Call{
		Protocol: "REST",
		Path:     r.Method + " " + r.URL.RequestURI(),
		Reason:   r.Header.Get("X-Goog-Request-Reason"),
		project:  r.Header.Get("X-Goog-User-Project"),
	}
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	call.credentials = isBearer
	if isBearer {
		call.Caller, _ = s.options.Caller(token)
	}
	return call
}
