package emulator_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// A deadline that fires late used to strike the request after the one that it was set for.
func TestMemory_ADeadlineThatWasTakenBackNeverStrikes(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			memory := emulator.NewMemory()
			dialed := make(chan net.Conn, 1)
			go func() {
				c, err := memory.DialContext(t.Context(), "", "")
				if err != nil {
					t.Errorf("dialing: %v", err)
				}
				dialed <- c
			}()
			server, err := memory.Accept()
			if err != nil {
				t.Fatalf("accepting: %v", err)
			}
			client := <-dialed
			_ = server.SetReadDeadline(time.Unix(1, 0))
			_ = server.SetReadDeadline(time.Time{})
			go func() {
				_, _ = io.WriteString(client, "next")
				_ = client.Close()
			}()
			if got, err := io.ReadAll(server); string(got) != "next" || err != nil {
				t.Fatalf("reading on: %q, %v; want all that was written", got, err)
			}
		})
	}
}

func TestMemory_OneConnectionCarriesManyRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := emulator.NewMemory()
		var connections atomic.Int32
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }),
			ConnState: func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					connections.Add(1)
				}
			},
		}
		go func() { _ = server.Serve(memory) }()
		transport := memory.Transport()
		client := &http.Client{Transport: transport}
		for i := range 200 {
			r, err := client.Post("http://memory/", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			body, err := io.ReadAll(r.Body)
			_ = r.Body.Close()
			if string(body) != "hello" || err != nil {
				t.Fatalf("answer %d: %q, %v", i, body, err)
			}
		}
		if got := connections.Load(); got != 1 {
			t.Errorf("200 requests took %d connections, want one", got)
		}
		transport.CloseIdleConnections()
		_ = server.Close()
	})
}

func TestMemory_ClosedListenerTakesNobody(t *testing.T) {
	t.Parallel()
	memory := emulator.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := memory.DialContext(ctx, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("dialing without anybody who accepts: %v, want the context's error", err)
	}
	for range 2 {
		if err := memory.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	if _, err := memory.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accepting after Close: %v, want %v", err, net.ErrClosed)
	}
	if _, err := memory.DialContext(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dialing after Close: %v, want %v", err, net.ErrClosed)
	}
}
