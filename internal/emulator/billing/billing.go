// Package billing responds as Cloud Billing v1 does to the question who pays for a project, by
// REST: Google's Terraform provider asks with every project that it reads.
//
// No project of a world has a billing account. Those who may not see the project are refused,
// whether it exists or not.
package billing

import (
	"net/http"

	"google.golang.org/api/cloudbilling/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Cloud Billing is found.
const Host = "cloudbilling.googleapis.com"

// New returns what the host serves. Package wire authenticates the callers.
func New(w *world.World) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/projects/{project}/billingInfo", func(out http.ResponseWriter, r *http.Request) {
		p, ok := w.Project(r.PathValue("project"))
		if !ok || !w.Allowed(wire.Caller(r.Context()), "resourcemanager.projects.get", "projects/"+p.ID) {
			wire.WriteJSON(out, r, nil, status.Error(codes.PermissionDenied, "The caller does not have permission"))
			return
		}
		wire.WriteJSON(out, r, &cloudbilling.ProjectBillingInfo{Name: "projects/" + p.ID + "/billingInfo", ProjectId: p.ID}, nil)
	})
	return mux
}
