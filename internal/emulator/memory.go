package emulator

import (
	"context"
	"net"
	"net/http"

	"google.golang.org/grpc/test/bufconn"
)

// Memory is a listener without a socket, for tests whose time stands in a
// bubble. Hand it to Options, and let clients dial through it.
type Memory struct{ *bufconn.Listener }

// NewMemory returns a listener of its own.
func NewMemory() Memory { return Memory{bufconn.Listen(1 << 20)} }

// Dial connects to the listener whatever the address is; it fits
// http.Transport.DialContext.
func (m Memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return m.DialContext(ctx)
}

// Transport is a new HTTP/1 transport that reaches only the listener.
func (m Memory) Transport() *http.Transport { return &http.Transport{DialContext: m.Dial} }
