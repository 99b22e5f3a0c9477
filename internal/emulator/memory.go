package emulator

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Memory is a listener without a socket, for tests in a synctest bubble. Hand it to Options, and
// let clients dial through it.
//
// Its connections are those of net.Pipe, on which a new deadline takes effect at once. net/http
// relies on that: it sets a deadline in the past to stop waiting for the next request, removes it,
// and reads on.
type Memory struct {
	dialed chan net.Conn
	closed chan struct{}
	close  func()
}

// NewMemory returns a listener of its own.
func NewMemory() Memory {
	closed := make(chan struct{})
	return Memory{
		dialed: make(chan net.Conn),
		closed: closed,
		close:  sync.OnceFunc(func() { close(closed) }),
	}
}

// Accept waits for a client to dial. It returns net.ErrClosed after Close.
func (m Memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.dialed:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses clients from now on. It always returns nil.
func (m Memory) Close() error {
	m.close()
	return nil
}

// Addr is a made-up address: only DialContext leads to the listener.
func (Memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

// DialContext connects to the listener, whatever the address. It returns the context's error if
// nobody accepts in time, and net.ErrClosed after Close.
func (m Memory) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.dialed <- server:
		return client, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Transport is a new HTTP/1 transport that reaches only the listener.
func (m Memory) Transport() *http.Transport { return &http.Transport{DialContext: m.DialContext} }
