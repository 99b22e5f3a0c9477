// Package metadata is the metadata server of one instance: programs on it learn where they run, and
// get access tokens of its service account.
//
// It knows one service account of a world and the project that holds it. It refuses what the real
// one refuses: a request without the header Metadata-Flavor: Google, and a request that was
// forwarded. Every response has that header, because clients recognise a metadata server by it.
// Identity tokens are not served.
package metadata

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	flavor = "Metadata-Flavor"
	root   = "/computeMetadata/v1/"
	scope  = "https://www.googleapis.com/auth/cloud-platform"
	// Region is where the instance runs.
	Region = "europe-west1"
	// lifetime is how long a token is good for.
	lifetime = time.Hour
)

// New returns the metadata server of an instance that runs as the service account. If the world has
// no such account, every address is 404, as on an instance without one.
func New(w *world.World, email string) http.Handler {
	email = strings.ToLower(email)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "computeMetadata/\n") })
	account, _ := w.ServiceAccount(email)
	if project, ok := w.Project(account.Project); ok {
		mux.Handle("GET "+root, instance(w, email, project))
	}
	return guard(mux)
}

// instance is everything that the server holds about an instance of the project.
func instance(w *world.World, email string, project world.Project) directory {
	own := directory{
		"aliases": []string{"default"},
		"email":   email,
		"scopes":  []string{scope},
		"token": secret(func() any {
			return map[string]any{
				"access_token": w.TokenFor(email, lifetime),
				"expires_in":   int(lifetime.Seconds()) - 1,
				"token_type":   "Bearer",
			}
		}),
	}
	return directory{
		"universe": directory{"universe-domain": "googleapis.com"},
		"project": directory{
			"attributes":         directory{},
			"numeric-project-id": json.Number(project.Number),
			"project-id":         project.ID,
		},
		"instance": directory{
			"attributes":       directory{},
			"id":               world.ID(project.ID),
			"region":           "projects/" + project.Number + "/regions/" + Region,
			"service-accounts": directory{"default": own, email: own},
			"zone":             "projects/" + project.Number + "/zones/" + Region + "-1",
		},
	}
}

// guard refuses requests that were not meant for a metadata server: those of a browser, or of a
// proxy that was tricked into sending them. Only the root is open to anybody: clients find out
// there that they are on Google Cloud.
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
