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

// Credentials signs in the name of service accounts; tests rotate its keys.
func (e *Emulator) Credentials() *credentials.Server { return e.credentials }

// IAP returns a stand-in for Identity-Aware Proxy whose assertions verify against the emulator's
// key set. It is a handler: the caller serves it.
func (e *Emulator) IAP(o iap.Options) *iap.Proxy {
	o.Key = e.proxyKey
	return iap.New(e.world, o)
}

// Audience is the audience of assertions for a Cloud Run service that runs as the service account
// and has Identity-Aware Proxy turned on.
func (e *Emulator) Audience(email, service string) string {
	account, _ := e.world.ServiceAccount(email)
	project, _ := e.world.Project(account.Project)
	return "/projects/" + project.Number + "/locations/" + metadata.Region + "/services/" + service
}

// StartIAP starts a stand-in for Identity-Aware Proxy and returns its host and port. It runs until
// Close.
func (e *Emulator) StartIAP(o iap.Options) (string, error) { return e.start(e.IAP(o)) }

// Metadata starts a metadata server for an instance that runs as the service account and returns
// its host and port, as GCE_METADATA_HOST takes them. It runs until Close. It is an error if there
// is no such service account.
func (e *Emulator) Metadata(email string) (string, error) {
	if !e.world.Exists("serviceAccount", email) {
		return "", fmt.Errorf("starting a metadata server: no service account %s", email)
	}
	return e.start(metadata.New(e.world, email))
}

// start serves on a free port of the loopback interface.
func (e *Emulator) start(handler http.Handler) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return "", errors.New("starting a server: the emulator is closed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("starting a server: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	e.extraServers = append(e.extraServers, server)
	e.serve(server, listener)
	return listener.Addr().String(), nil
}
