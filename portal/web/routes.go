package web

import (
	"net/http"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
)

// routes are all addresses of the portal. The address of a form answers both
// methods: a session that expired in between makes a GET of a POST.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/alive", Healthy)
	mux.HandleFunc("GET /health/ready", Healthy)
	mux.Handle("GET "+static.Prefix, static.Handler())

	page := func(pattern string, verb Verb, h handler) { mux.Handle(pattern, s.identified(verb, h)) }
	page("GET /{$}", VerbLookHome, s.home)
	page("GET /projects/{project}", VerbLookRoles, s.project)
	page("GET /projects/{project}/activate", VerbLookRoles, s.activateForm)
	page("POST /projects/{project}/activate", VerbActivate, s.activate)
	page("GET /projects/{project}/activations/{id}", VerbLookRoles, s.activated)
	page("GET /projects/{project}/end", VerbLookRoles, s.endForm)
	page("POST /projects/{project}/end", VerbEnd, s.end)
	page("GET /projects/{project}/ended", VerbLookRoles, s.ended)

	page("GET /projects/{project}/request", VerbLookRoles, s.requestForm)
	page("POST /projects/{project}/request", VerbAsk, s.ask)
	page("GET /requests/{token}", VerbLookRequest, s.showRequest)
	page("GET /requests/{token}/revoke", VerbLookRequest, s.revokeForm)
	page("GET /requests/{token}/{act}", VerbLookRequest, s.backToRequest)
	page("POST /requests/{token}/approve", VerbApprove, s.approve)
	page("POST /requests/{token}/decline", VerbDecline, s.decline)
	page("POST /requests/{token}/withdraw", VerbWithdraw, s.withdraw)
	page("POST /requests/{token}/resend", VerbAsk, s.resend)
	page("POST /requests/{token}/revoke", VerbRevoke, s.revoke)

	page("GET /projects/{project}/holdings", VerbLookRoles, s.holdings)
	page("GET /projects/{project}/revoke", VerbLookRoles, s.administratorRevokeForm)
	page("POST /projects/{project}/revoke", VerbRevoke, s.administratorRevoke)
	page("/", VerbLookHome, s.missing)
	return mux
}

// Healthy answers a health check without asking anybody: an instance that serves is healthy.
func Healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"healthy":true,"details":{}}`))
}

// missing answers for every address that no page has.
func (s *site) missing(http.ResponseWriter, *http.Request, *visit) error {
	return &Error{Kind: KindNoPage}
}
