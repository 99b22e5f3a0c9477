package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
)

// Options are what a process gives to the portal.
type Options struct {
	Lookup  func(string) (string, bool) // the environment
	Log     io.Writer                   // one JSON object a line
	Version string
	Clock   func() time.Time // time.Now if nil
	Random  io.Reader        // crypto/rand if nil
	// Wait waits for a while, or until the context is over; by the system's clock if nil.
	Wait func(context.Context, time.Duration)
}

// shutdownTimeout is how long open requests have to finish. Cloud Run kills an instance 10 s after
// SIGTERM.
const shutdownTimeout = 9 * time.Second

// Run serves the portal until the context ends. It listens before it knows where it runs, so that
// the health checks of a slow start succeed. The error says what to set or what is missing.
func Run(ctx context.Context, o Options) error {
	o = o.complete()
	log := slog.New(audit.Handler(o.Log))
	settings, err := Read(ctx, o.Lookup)
	if err != nil {
		logProblems(ctx, log, err)
		return fmt.Errorf("the configuration cannot be used:\n%w", err)
	}
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.InfoContext(ctx, "Listening on "+listener.Addr().String())
	pages := &gate{opened: make(chan struct{})}
	server := newServer(pages, log)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serve(server, listener) })
	g.Go(func() error { return shutdown(ctx, server) })
	g.Go(func() error { return openGate(ctx, o, settings, pages, log) })
	return g.Wait()
}

// complete sets the defaults of a real process. Tests inject a clock and randomness.
func (o Options) complete() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o
}

// openGate reads where the portal runs, makes the site, and opens the gate to it.
func openGate(ctx context.Context, o Options, s Settings, gate *gate, log *slog.Logger) error {
	var (
		d      deployment
		access *googleapi.Access
	)
	// Both take a round trip, and a new instance has a person waiting for it. The clients live as
	// long as the process, so they are not made under the context of the start.
	g, start := errgroup.WithContext(ctx)
	g.Go(func() (err error) { d, err = readDeployment(start, s); return err })
	limiter := quota.New(quota.Options{Instances: s.Quota.Instances, CallsPerPerson: s.Quota.CallsPerPerson, Quotas: s.Quota.Quotas, Clock: o.Clock})
	g.Go(func() (err error) { access, err = newAccess(ctx, s, o.Version, limiter); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	// Before anything else can stop the start, so that the warnings are read with what stopped it.
	if err := logStart(ctx, log, o, s, d); err != nil {
		return err
	}
	site, err := newSite(ctx, o, s, d, access, limiter, log)
	if err != nil {
		return err
	}
	gate.open(site)
	return nil
}

// logProblems logs each problem of the configuration by itself, because whoever deploys the portal
// looks in the log first.
func logProblems(ctx context.Context, log *slog.Logger, err error) {
	problems := []error{err}
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		problems = several.Unwrap()
	}
	for _, problem := range problems {
		log.LogAttrs(ctx, slog.LevelError, problem.Error(), startLabels)
	}
}

// startLabels label the lines of the start.
var startLabels = slog.Group("logging.googleapis.com/labels", slog.String("event", audit.EventStart))

// logStart logs once where the portal runs and what it manages. The random name of the instance
// tells the lines of two instances apart.
func logStart(ctx context.Context, log *slog.Logger, o Options, s Settings, d deployment) error {
	for _, warning := range append(s.Warnings, addressWarnings(s, d)...) {
		log.LogAttrs(ctx, slog.LevelWarn, warning, startLabels)
	}
	var instance [12]byte
	if _, err := io.ReadFull(o.Random, instance[:]); err != nil {
		return fmt.Errorf("naming the instance: %w", err)
	}
	log.LogAttrs(ctx, slog.LevelInfo, fmt.Sprintf("Running in project %s (%s) as %s, version %s, for %s",
		d.Project, d.Number, d.ServiceAccount, o.Version, scopeOf(s, d)),
		startLabels, slog.String("instance", base64.RawURLEncoding.EncodeToString(instance[:])))
	return nil
}
