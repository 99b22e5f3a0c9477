package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
)

// routes has every address of the portal. Each address that a form is sent to answers GET too,
// because signing in again after an expired session repeats a POST as a GET.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/alive", Healthy)
	mux.HandleFunc("GET /health/ready", Healthy)
	mux.Handle("GET "+static.Prefix, static.Handler())

	page := func(pattern string, verb event.Verb, h handler) { mux.Handle(pattern, s.identified(verb, h)) }
	page("GET /{$}", event.ListProjects, s.home)
	page("GET /projects/{project}", event.ListRoles, s.project)
	page("GET /projects/{project}/activate", event.ListRoles, s.activateForm)
	page("POST /projects/{project}/activate", event.Activate, s.activate)
	page("GET /projects/{project}/activations/{id}", event.ListRoles, s.activated)
	page("GET /projects/{project}/end", event.ListRoles, s.endForm)
	page("POST /projects/{project}/end", event.End, s.end)
	page("GET /projects/{project}/ended", event.ListRoles, s.ended)

	page("GET /projects/{project}/request", event.ListRoles, s.requestForm)
	page("POST /projects/{project}/request", event.Request, s.ask)
	page("GET /requests/{token}", event.OpenRequest, s.showRequest)
	page("GET /requests/{token}/revoke", event.OpenRequest, s.revokeForm)
	page("GET /requests/{token}/{act}", event.OpenRequest, s.backToRequest)
	page("POST /requests/{token}/approve", event.Approve, s.approve)
	page("POST /requests/{token}/decline", event.Decline, s.decline)
	page("POST /requests/{token}/withdraw", event.Withdraw, s.withdraw)
	page("POST /requests/{token}/resend", event.Request, s.resend)
	page("POST /requests/{token}/revoke", event.Revoke, s.revoke)

	page("GET /projects/{project}/holdings", event.ListRoles, s.holdings)
	page("GET /projects/{project}/revoke", event.ListRoles, s.administratorRevokeForm)
	page("POST /projects/{project}/revoke", event.Revoke, s.administratorRevoke)
	page("/", event.ListProjects, func(http.ResponseWriter, *http.Request, *visit) error { return &Error{Kind: KindNoPage} })
	return mux
}

// Healthy answers a health check. It calls nobody: an outage of Google must not make Cloud Run
// restart the portal.
func Healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"healthy":true,"details":{}}`))
}
