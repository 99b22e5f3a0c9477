package emulator

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/credentials"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/metadata"
)

// Credentials issues what service accounts sign; tests rotate its keys.
func (e *Emulator) Credentials() *credentials.Server { return e.credentials }

// IAP returns a stand-in for Identity-Aware Proxy whose assertions verify
// against the emulator's key set. It is a handler: the caller serves it.
func (e *Emulator) IAP(o iap.Options) *iap.Proxy {
	o.Key = e.proxyKey
	return iap.New(e.world, o)
}

// Metadata starts a metadata server for an instance that runs as the service
// account and returns its host and port, as GCE_METADATA_HOST takes them. It
// runs until Close. It is an error if there is no such service account.
func (e *Emulator) Metadata(email string) (string, error) {
	if !e.world.Exists("serviceAccount", email) {
		return "", fmt.Errorf("starting a metadata server: no service account %s", email)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return "", errors.New("starting a metadata server: the emulator is closed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("starting a metadata server: %w", err)
	}
	server := &http.Server{Handler: metadata.New(e.world, email), ReadHeaderTimeout: 10 * time.Second}
	e.metadata = append(e.metadata, server)
	e.serve(server, listener)
	return listener.Addr().String(), nil
}
