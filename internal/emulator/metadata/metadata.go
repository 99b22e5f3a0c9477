// Package metadata is the metadata server of one instance: it tells the programs on it where they run, and hands them
// access tokens of the service account that the instance runs as.
//
// It knows one service account of a world and the project that holds it. It refuses what the real one refuses: a
// request without the header Metadata-Flavor: Google, and a request that was forwarded. Every answer carries that
// header, because clients take nothing else for a metadata server. Identity tokens are not served.
package metadata

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	flavor = "Metadata-Flavor"
	region = "europe-west1"
	scope  = "https://www.googleapis.com/auth/cloud-platform"
	// lifetime is how long a token is good for.
	lifetime = time.Hour
)

// server answers for one service account.
type server struct {
	world *world.World
	email string
}

// New returns the metadata server of an instance that runs as the service account. If the world has no such account,
// every address answers 404, as on an instance without one.
func New(w *world.World, email string) http.Handler {
	s := server{world: w, email: strings.ToLower(email)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", text("computeMetadata/\n"))
	mux.HandleFunc("GET /computeMetadata/v1/universe/universe-domain", text("googleapis.com"))
	mux.HandleFunc("GET /computeMetadata/v1/project/project-id", s.project(func(p world.Project) string { return p.ID }))
	mux.HandleFunc("GET /computeMetadata/v1/project/numeric-project-id", s.project(func(p world.Project) string { return p.Number }))
	mux.HandleFunc("GET /computeMetadata/v1/instance/region", s.project(func(p world.Project) string {
		return "projects/" + p.Number + "/regions/" + region
	}))
	mux.HandleFunc("GET /computeMetadata/v1/instance/zone", s.project(func(p world.Project) string {
		return "projects/" + p.Number + "/zones/" + region + "-1"
	}))
	mux.HandleFunc("GET /computeMetadata/v1/instance/id", s.project(func(p world.Project) string { return world.ID(p.ID) }))
	const accounts = "GET /computeMetadata/v1/instance/service-accounts/"
	mux.HandleFunc(accounts+"{$}", s.project(func(world.Project) string { return "default/\n" + s.email + "/\n" }))
	mux.HandleFunc(accounts+"{account}/{$}", s.account(s.describe))
	mux.HandleFunc(accounts+"{account}/aliases", s.account(text("default\n")))
	mux.HandleFunc(accounts+"{account}/email", s.account(text(s.email)))
	mux.HandleFunc(accounts+"{account}/scopes", s.account(text(scope+"\n")))
	mux.HandleFunc(accounts+"{account}/token", s.account(s.token))
	return guard(mux)
}

// guard turns away what did not mean to ask a metadata server: a browser, or a proxy that can be talked into asking.
// The root alone answers anybody, which is how clients find out that they are on Google Cloud.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(flavor, "Google")
		w.Header().Set("Server", "Metadata Server for VM")
		forwarded := r.Header.Get("X-Forwarded-For") != ""
		if forwarded || r.URL.Path != "/" && r.Header.Get(flavor) != "Google" {
			http.Error(w, "Missing Metadata-Flavor:Google header, or a forwarded request.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/text")
		_, _ = io.WriteString(w, s) // a client that has gone away cannot be told
	}
}

// project answers with something about the project that the service account belongs to.
func (s server) project(tell func(world.Project) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account, _ := s.world.ServiceAccount(s.email)
		project, ok := s.world.Project(account.Project)
		if !ok {
			http.NotFound(w, r)
			return
		}
		text(tell(project))(w, r)
	}
}

// account lets a request through that names the instance's own service account, by address or as default.
func (s server) account(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("account")
		_, exists := s.world.ServiceAccount(s.email)
		if !exists || name != "default" && !strings.EqualFold(name, s.email) {
			http.NotFound(w, r)
			return
		}
		next(w, r)
	}
}

// describe lists what there is to know, or with recursive=true tells it.
func (s server) describe(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("recursive") != "true" {
		text("aliases\nemail\nscopes\ntoken\n")(w, r)
		return
	}
	answer(w, map[string]any{"aliases": []string{"default"}, "email": s.email, "scopes": []string{scope}})
}

func (s server) token(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"access_token": s.world.TokenFor(s.email, lifetime),
		"expires_in":   int(lifetime.Seconds()) - 1,
		"token_type":   "Bearer",
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that has gone away cannot be told
}
