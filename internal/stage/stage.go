package stage

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

// The people and places of the demo's organization that the stage relies on.
const (
	Administrator  = "admin@example.com"
	PortalAccount  = "portal@jit-access.iam.gserviceaccount.com"
	PortalProject  = "jit-access"
	PortalService  = "jit-access"
	portalLocation = "europe-west1"
)

// Options say what stands on the stage.
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

// Stage is a running one.
type Stage struct {
	*emulator.Emulator
	options  Options
	metadata string

	mu      sync.Mutex
	portals []*Portal
	proxies []*http.Server
	served  sync.WaitGroup
}

// New starts an emulator and a metadata server for the portal.
func New(o Options) (*Stage, error) {
	e, err := emulator.New(o.Emulator)
	if err != nil {
		return nil, err
	}
	metadata, err := e.Metadata(PortalAccount)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return &Stage{Emulator: e, options: o, metadata: metadata}, nil
}

// Audience is whom assertions for the portal are made for: the service that
// runs behind Identity-Aware Proxy on Cloud Run.
func (s *Stage) Audience() string {
	project, _ := s.World().Project(PortalProject)
	return fmt.Sprintf("/projects/%s/locations/%s/services/%s", project.Number, portalLocation, PortalService)
}

// Proxy stands Identity-Aware Proxy in front of a portal and returns it, and
// where it listens.
func (s *Stage) Proxy(p *Portal) (*iap.Proxy, string, error) {
	listener, err := net.Listen("tcp", cmp.Or(s.options.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, "", fmt.Errorf("listening: %w", err)
	}
	proxy := s.IAP(iap.Options{Upstream: &url.URL{Scheme: "http", Host: p.Address()}, Audience: s.Audience()})
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.proxies = append(s.proxies, server)
	s.mu.Unlock()
	s.served.Go(func() { _ = server.Serve(listener) }) // ends with Close
	return proxy, "http://" + listener.Addr().String(), nil
}

// Close ends everything, the portals first.
func (s *Stage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var problems []error
	for _, p := range s.portals {
		problems = append(problems, p.Stop())
	}
	for _, p := range s.proxies {
		problems = append(problems, p.Close())
	}
	problems = append(problems, s.Emulator.Close())
	s.served.Wait()
	return errors.Join(problems...)
}
