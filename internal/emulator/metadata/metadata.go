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
	account, _ := w.ServiceAccount(s.email)
	project, exists := w.Project(account.Project)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", text("computeMetadata/\n"))
	if !exists {
		return guard(mux)
	}
	for path, value := range map[string]string{
		"universe/universe-domain":      "googleapis.com",
		"project/project-id":            project.ID,
		"project/numeric-project-id":    project.Number,
		"instance/id":                   world.ID(project.ID),
		"instance/region":               "projects/" + project.Number + "/regions/" + region,
		"instance/zone":                 "projects/" + project.Number + "/zones/" + region + "-1",
		"instance/service-accounts/{$}": "default/\n" + s.email + "/\n",
	} {
		mux.HandleFunc("GET /computeMetadata/v1/"+path, text(value))
	}
	for _, name := range []string{"default", s.email} {
		own := "GET /computeMetadata/v1/instance/service-accounts/" + name + "/"
		mux.HandleFunc(own+"{$}", s.describe)
		mux.HandleFunc(own+"aliases", text("default\n"))
		mux.HandleFunc(own+"email", text(s.email))
		mux.HandleFunc(own+"scopes", text(scope+"\n"))
		mux.HandleFunc(own+"token", s.token)
	}
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
