package systemtest

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/app"
)

// stopped is a clock that moves only when it is told to.
type stopped struct {
	mu  sync.Mutex
	now time.Time
}

func newStopped() *stopped { return &stopped{now: time.Now().Truncate(time.Minute)} }

func (c *stopped) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stopped) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// inProcess is a portal within the test, on the test's clock.
type inProcess string

// Address is where it listens.
func (p inProcess) Address() string { return string(p) }

// portalOn starts a portal within the test, which cannot run beside others: the client library of
// the metadata server takes its address from the environment of the process.
func (s *scene) portalOn(t *testing.T, clock func() time.Time) inProcess {
	t.Helper()
	environment := map[string]string{}
	for _, variable := range s.PortalEnvironment("127.0.0.1:0") {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value
	}
	t.Setenv("GCE_METADATA_HOST", environment["GCE_METADATA_HOST"])
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	lines, log := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := app.Run(ctx, app.Options{
			Lookup: func(name string) (string, bool) { v, ok := environment[name]; return v, ok },
			Log:    log, Version: "test", Clock: clock,
			Wait: func(context.Context, time.Duration) {}, // on the test's clock no time passes meanwhile
		})
		log.CloseWithError(io.EOF)
		ended <- err
	}()
	listening := make(chan string, 1)
	go func() {
		for read := json.NewDecoder(lines); ; {
			var line struct{ Message string }
			if read.Decode(&line) != nil {
				return
			}
			if address, ok := strings.CutPrefix(line.Message, "Listening on "); ok {
				listening <- address
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the portal ended with %v", err)
		}
	})
	select {
	case address := <-listening:
		return inProcess(address)
	case err := <-ended:
		ended <- nil
		t.Fatalf("the portal ended before it listened: %v", err)
	}
	return ""
}
