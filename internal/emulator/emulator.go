// Package emulator is a Google Cloud in a process: one organization, and the services through which
// access to it is read and changed, on one port.
//
// It responds as Google does, not as our code expects: Google's client libraries call it over the
// network, by REST and gRPC. On request it lags, slows down, fails, conflicts and runs out of
// quota, as the real one sometimes does. It keeps a journal of every call, which /-/journal shows
// too. Nothing outlives Close, and nothing is kept on disk.
package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/credentials"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/keys"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Options adjust an emulator. The zero value serves the demo's organization on a free port of the
// loopback interface, without lag or faults.
type Options struct {
	// World is a world file, JSON; WorldName is what errors call it. Default: the demo's.
	World     []byte
	WorldName string

	// Listen is the address to listen on. Default: 127.0.0.1:0. Listener takes its place; with
	// NewMemory, no socket is used.
	Listen   string
	Listener net.Listener

	// Clock tells the time of everything. Default: time.Now.
	Clock func() time.Time
	// IndexLag is how far search and effective policies are behind, MembershipLag how far groups
	// are.
	IndexLag, MembershipLag time.Duration
	// Latency is how long every call takes before it is served.
	Latency time.Duration

	// FirstConflict lets somebody else edit every policy just before it is first written;
	// FirstUnavailable lets every service fail once with 503; Quotas enforces Google's documented
	// quotas.
	FirstConflict, FirstUnavailable, Quotas bool
	// Strict refuses condition titles over 100 and descriptions over 256 characters.
	Strict bool
}

// Emulator is a running one.
type Emulator struct {
	options  Options
	world    *world.World
	wire     *wire.Server
	server   *http.Server
	listener net.Listener

	credentials *credentials.Server
	proxyKey    *keys.Ring

	mu           sync.Mutex
	extraServers []*http.Server // metadata servers and stand-ins for Identity-Aware Proxy
	closed       bool
	done         sync.WaitGroup
}

// New starts an emulator. The error names the unreadable world file or the address that cannot be
// listened on.
func New(o Options) (*Emulator, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.World == nil {
		o.World, o.WorldName = world.Demo(), "demo.json"
	}
	w, err := world.Parse(cmp.Or(o.WorldName, "world.json"), o.World, world.Options{
		Clock: o.Clock, IndexLag: o.IndexLag, MembershipLag: o.MembershipLag,
	})
	if err != nil {
		return nil, err
	}
	if o.Listener == nil {
		o.Listener, err = net.Listen("tcp", cmp.Or(o.Listen, "127.0.0.1:0"))
		if err != nil {
			return nil, fmt.Errorf("listening: %w", err)
		}
	}
	e := &Emulator{
		options: o, world: w, listener: o.Listener,
		credentials: credentials.New(w), proxyKey: keys.ES256(),
	}
	e.wire = wire.New(wire.Options{
		Clock: o.Clock, Caller: w.Caller, Consumer: e.consumer, Latency: o.Latency, Quotas: o.Quotas,
	})
	e.register()
	e.injectFirstFaults()
	e.server = e.wire.HTTP()
	e.serve(e.server, e.listener)
	return e, nil
}

// URL is where the emulator is found, without a slash at the end.
func (e *Emulator) URL() string { return "http://" + e.listener.Addr().String() }

// World is what the emulator holds, to be read and edited directly.
func (e *Emulator) World() *world.World { return e.world }

// Token is an access token of that person or service account, good for an hour.
func (e *Emulator) Token(email string) string { return e.world.Token(email) }

// Journal is the record of all calls.
func (e *Emulator) Journal() *wire.Journal { return e.wire.Journal() }

// Inject lets a function decide on a fault for every call, until remove is called; see wire.Server.
func (e *Emulator) Inject(decide func(wire.Call) wire.Fault) (remove func()) {
	return e.wire.Inject(decide)
}

// Hold stops every call that matches until it is released; see wire.Server.
func (e *Emulator) Hold(stage wire.Stage, match func(wire.Call) bool) *wire.Held {
	return e.wire.Hold(stage, match)
}

// SetLatency changes how long every call takes from now on.
func (e *Emulator) SetLatency(d time.Duration) { e.wire.SetLatency(d) }

// Close stops everything, ends all connections and waits for the listeners.
func (e *Emulator) Close() error {
	e.mu.Lock()
	e.closed = true
	servers := append([]*http.Server{e.server}, e.extraServers...)
	e.mu.Unlock()
	var problems []error
	for _, s := range servers {
		problems = append(problems, s.Close())
	}
	e.done.Wait()
	return errors.Join(problems...)
}

func (e *Emulator) serve(s *http.Server, l net.Listener) {
	e.done.Go(func() {
		// Serve always returns an error: that of Close, or that of a closed listener, which nobody
		// can act on.
		_ = s.Serve(l)
	})
}

// consumer is the number of the project whose quota a call is counted against: the one that the
// client names, else the service account's own; "0" for people.
func (e *Emulator) consumer(caller, project string) string {
	if p, ok := e.world.Project(project); ok {
		return p.Number
	}
	if a, ok := e.world.ServiceAccount(caller); ok {
		if p, ok := e.world.Project(a.Project); ok {
			return p.Number
		}
	}
	return "0"
}

// Environment holds the variables that lead clients to the emulator, NAME=value each.
func (e *Emulator) Environment() []string {
	at := func(host, version string) string { return e.URL() + "/" + host + ".googleapis.com/" + version + "/" }
	return []string{
		"GOOGLE_API_ENDPOINT=" + e.URL(),
		"GOOGLE_CLOUD_ASSET_CUSTOM_ENDPOINT=" + at("cloudasset", "v1"),
		"GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT=" + at("cloudbilling", "v1"),
		"GOOGLE_IAM_BETA_CUSTOM_ENDPOINT=" + at("iam", "v1"),
		"GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT=" + at("iamcredentials", "v1"),
		"GOOGLE_IAM_CUSTOM_ENDPOINT=" + at("iam", "v1"),
		"GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT=" + at("cloudresourcemanager", "v1"),
		"GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT=" + at("cloudresourcemanager", "v3"),
		"GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT=" + at("secretmanager", "v1"),
	}
}
