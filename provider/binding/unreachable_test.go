package binding_test

import (
	"bytes"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer is a log that a server writes and a test reads.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// What another try cannot mend is not tried again: it was, for a minute.
func TestRead_ACertificateThatNobodyTrustsIsTriedOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	var refused lockedBuffer
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = log.New(&refused, "", 0)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	read := talk(t, config{"endpoint": str(stranger.URL), "access_token": str("unused")}).Read(state)
	says(t, read.Diagnostics, failure, "", "Google could not be reached. Check the network, proxies and the provider's endpoint")
	stranger.Close() // so that the log is complete
	if n := strings.Count(refused.String(), "TLS handshake error"); n != 1 {
		t.Errorf("%d connections were tried, want 1: %s", n, refused.String())
	}
}
