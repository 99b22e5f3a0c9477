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
	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
)

// Options are what a process gives the portal.
type Options struct {
	Lookup  func(string) (string, bool) // the environment
	Log     io.Writer                   // one JSON object a line
	Version string
	Clock   func() time.Time // time.Now if nil
	Random  io.Reader        // crypto/rand if nil
}

// leaving is how long requests under way have when the process is told to stop.
// Source: Cloud Run kills an instance 10 s after SIGTERM.
const leaving = 9 * time.Second

// Run serves the portal until the context ends. The error says what to set or
// what is missing; nothing was served then.
func Run(ctx context.Context, o Options) error {
	o = o.complete()
	log := slog.New(audit.Handler(o.Log))
	settings, err := Read(ctx, o.Lookup)
	if err != nil {
		complain(ctx, log, err)
		return fmt.Errorf("the configuration cannot be used:\n%w", err)
	}
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.InfoContext(ctx, "Listening on "+listener.Addr().String())
	gate := newGate()
	server := newServer(gate, log)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serve(server, listener) })
	g.Go(func() error { return stop(ctx, server) })
	g.Go(func() error { return open(ctx, o, settings, gate, log) })
	return g.Wait()
}

func (o Options) complete() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o
}

// open learns where the portal runs, wires it, and opens the gate.
func open(ctx context.Context, o Options, s Settings, gate *gate, log *slog.Logger) error {
	var (
		p      place
		access *googleapi.Access
	)
	g, start := errgroup.WithContext(ctx)
	g.Go(func() (err error) { p, err = learn(start, s); return err })
	g.Go(func() (err error) { access, err = reach(ctx, s, o.Version); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	site, err := wire(ctx, o, s, p, access, log)
	if err != nil {
		return err
	}
	if err := announce(ctx, log, o, s, p); err != nil {
		return err
	}
	gate.open(site)
	return nil
}

// complain writes every problem of the configuration to the log, where whoever
// deploys the portal looks first.
func complain(ctx context.Context, log *slog.Logger, err error) {
	problems := []error{err}
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		problems = several.Unwrap()
	}
	for _, problem := range problems {
		log.LogAttrs(ctx, slog.LevelError, problem.Error(), starting)
	}
}

// starting labels what is said while the portal starts.
var starting = slog.Group("logging.googleapis.com/labels", slog.String("event", audit.EventStart))

// announce says once where the portal runs and what it watches over. Whoever
// looks for this process's own lines in the log finds them from its instance on.
func announce(ctx context.Context, log *slog.Logger, o Options, s Settings, p place) error {
	for _, warning := range s.Warnings {
		log.LogAttrs(ctx, slog.LevelWarn, warning, starting)
	}
	var instance [12]byte
	if _, err := io.ReadFull(o.Random, instance[:]); err != nil {
		return fmt.Errorf("naming the instance: %w", err)
	}
	log.LogAttrs(ctx, slog.LevelInfo, fmt.Sprintf("Running in project %s (%s) as %s, version %s, for %s",
		p.Project, p.Number, p.ServiceAccount, o.Version, scopeOf(s, p)),
		starting, slog.String("instance", base64.RawURLEncoding.EncodeToString(instance[:])))
	return nil
}
