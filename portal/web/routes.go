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

	route := func(c charge) func(string, event.Verb, handler) {
		return func(pattern string, verb event.Verb, h handler) { mux.Handle(pattern, s.identified(c, verb, h)) }
	}
	page, form, link, act := route(toPages), route(toForms), route(toLinks), route(toActs)
	page("GET /{$}", event.ListProjects, s.home)
	page("GET /projects/{project}", event.ListRoles, s.project)
	form("GET /projects/{project}/activate", event.ListRoles, s.activateForm)
	act("POST /projects/{project}/activate", event.Activate, s.activate)
	form("GET /projects/{project}/activations/{id}", event.ListRoles, s.activated)
	form("GET /projects/{project}/end", event.ListRoles, s.endForm)
	act("POST /projects/{project}/end", event.End, s.end)
	form("GET /projects/{project}/ended", event.ListRoles, s.ended)

	form("GET /projects/{project}/request", event.ListRoles, s.requestForm)
	act("POST /projects/{project}/request", event.Request, s.ask)
	link("GET /requests/{token}", event.OpenRequest, s.showRequest)
	link("GET /requests/{token}/revoke", event.OpenRequest, s.revokeForm)
	link("GET /requests/{token}/{act}", event.OpenRequest, s.backToRequest)
	act("POST /requests/{token}/approve", event.Approve, s.approve)
	act("POST /requests/{token}/decline", event.Decline, s.decline)
	act("POST /requests/{token}/withdraw", event.Withdraw, s.withdraw)
	act("POST /requests/{token}/resend", event.Request, s.resend)
	act("POST /requests/{token}/revoke", event.Revoke, s.revoke)

	form("GET /projects/{project}/holdings", event.ListRoles, s.holdings)
	form("GET /projects/{project}/revoke", event.ListRoles, s.administratorRevokeForm)
	act("POST /projects/{project}/revoke", event.Revoke, s.administratorRevoke)
	page("/", event.ListProjects, func(http.ResponseWriter, *http.Request, *visit) error { return &Error{Kind: KindNoPage} })
	return mux
}

// Healthy answers a health check. It calls nobody: an outage of Google must not make Cloud Run
// restart the portal.
func Healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"healthy":true,"details":{}}`))
}
