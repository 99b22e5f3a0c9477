package testbed

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
)

// The people and places of the demo's organization that the testbed relies on.
const (
	Administrator = "admin@example.com"
	PortalAccount = "portal@jit-access.iam.gserviceaccount.com"
	PortalProject = "jit-access"
	PortalService = "jit-access"
)

// Unlimited is the environment of a portal whose people do in a second what they do elsewhere in a
// day: Google has granted it quotas that it cannot use up.
func Unlimited() []string {
	return []string{
		"MAX_INSTANCES=1", "CALLS_PER_PERSON=1000000",
		"GOOGLE_API_QUOTAS=directory=10000000,effective-policies=10000000,search-policies=10000000,search-projects=10000000," +
			"policy-reads=10000000,policy-writes=10000000,roles=10000000",
	}
}

// Options say what stands on the testbed.
type Options struct {
	Emulator emulator.Options
	// Portal is the command that runs the portal.
	Portal []string
	// Env is more of the portal's environment, NAME=value each; it wins.
	Env []string
	// Log gets what portals write; may be nil.
	Log io.Writer
	// Listen is where Identity-Aware Proxy listens. Default: a free port.
	Listen string
}

// Testbed is a running one.
type Testbed struct {
	*emulator.Emulator
	options       Options
	metadata      string
	firstListener net.Listener // of the first proxy: links in mail lead there

	mu                sync.Mutex
	firstListenerUsed bool
	portals           []*Portal
	proxies           []*http.Server
	served            sync.WaitGroup
}

// New starts an emulator and a metadata server for the portal.
func New(o Options) (*Testbed, error) {
	e, err := emulator.New(o.Emulator)
	if err != nil {
		return nil, err
	}
	metadata, err := e.Metadata(PortalAccount)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	front, err := net.Listen("tcp", cmp.Or(o.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening: %w", err), e.Close())
	}
	return &Testbed{Emulator: e, options: o, metadata: metadata, firstListener: front}, nil
}

// Address is where people open the portal: where the first proxy listens, and what links in mail
// begin with.
func (s *Testbed) Address() string { return "http://" + s.firstListener.Addr().String() }

// Audience is the audience of assertions for the portal: a Cloud Run service behind Identity-Aware
// Proxy.
func (s *Testbed) Audience() string {
	return s.Emulator.Audience(PortalAccount, PortalService)
}

// Proxy starts Identity-Aware Proxy in front of a portal, and returns it and where it listens. The
// first listens at Address, others on a free port.
func (s *Testbed) Proxy(p *Portal) (*iap.Proxy, string, error) {
	listener, err := s.proxyListener()
	if err != nil {
		return nil, "", err
	}
	proxy := s.IAP(iap.Options{Upstream: &url.URL{Scheme: "http", Host: p.Address()}, Audience: s.Audience()})
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.proxies = append(s.proxies, server)
	s.mu.Unlock()
	s.served.Go(func() { _ = server.Serve(listener) }) // ends with Close
	return proxy, "http://" + listener.Addr().String(), nil
}

func (s *Testbed) proxyListener() (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.firstListenerUsed {
		s.firstListenerUsed = true
		return s.firstListener, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return listener, nil
}

// Close ends everything, the portals first.
func (s *Testbed) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var problems []error
	for _, p := range s.portals {
		problems = append(problems, p.Stop())
	}
	for _, p := range s.proxies {
		problems = append(problems, p.Close())
	}
	if !s.firstListenerUsed {
		problems = append(problems, s.firstListener.Close())
	}
	problems = append(problems, s.Emulator.Close())
	s.served.Wait()
	return errors.Join(problems...)
}
