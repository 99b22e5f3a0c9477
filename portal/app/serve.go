package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/web"
)

// newServer returns a server that bounds the time and the headers of its clients.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serve serves until the server is shut down, which is no error.
func serve(s *http.Server, l net.Listener) error {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// shutdown waits for the end of the context, and then for open requests.
func shutdown(ctx context.Context, s *http.Server) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stopping: %w", err), s.Close())
	}
	return nil
}

// gate answers health checks at once, and lets all other requests wait until the site is there.
type gate struct {
	site   http.Handler
	opened chan struct{}
	once   sync.Once
}

// open makes the site available, and lets the waiting requests through.
func (g *gate) open(site http.Handler) {
	g.once.Do(func() {
		g.site = site
		close(g.opened)
	})
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/health/") {
		select {
		case <-g.opened: // the site answers it, and logs it like any request
		default:
			web.Healthy(w, r)
			return
		}
	}
	select {
	case <-g.opened:
		g.site.ServeHTTP(w, r)
	case <-r.Context().Done(): // the browser has left
	}
}
