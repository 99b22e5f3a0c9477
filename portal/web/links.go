package web

import (
	"net/http"
	"net/url"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// everybody is who a mail about a request goes to.
func everybody(c request.Claims) []string { return append([]string{c.Beneficiary}, c.Reviewers...) }

// addresses are where mail about a request leads, in the form of JIT Access
// 1.8.1, which is answered with a redirect to the request's page. Without a token
// there is no request.
func (s *site) addresses(r *http.Request, c request.Claims, token string) event.Addresses {
	base := s.base(r)
	if base == "" {
		return event.Addresses{}
	}
	if token == "" {
		return event.Addresses{Home: base + "/"}
	}
	query := "activation=" + request.Obscure(token) + "&projectId=" + url.QueryEscape(c.Key.Project())
	return event.Addresses{Request: base + "/?" + query, Home: base + "/"}
}

// base is what links in mail begin with: PUBLIC_URL, or the host of the request
// where Google's own front end vouches for it, or nothing.
func (s *site) base(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case s.TrustsHost:
		return "https://" + r.Host
	}
	return ""
}
