package web

import (
	"net/http"
	"net/url"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// recipients get the mail about a request.
func recipients(c request.Claims) []string { return append([]string{c.Beneficiary}, c.Reviewers...) }

// addresses are the links in a mail. The link of a request has the form of JIT Access 1.8.1, which
// home redirects. Without a token, the mail is about no request.
func (s *site) addresses(r *http.Request, c request.Claims, token string) event.Addresses {
	base := s.baseURL(r)
	if base == "" {
		return event.Addresses{}
	}
	if token == "" {
		return event.Addresses{Home: base + "/"}
	}
	query := "activation=" + request.Obscure(token) + "&projectId=" + url.QueryEscape(c.Key.Project())
	return event.Addresses{Request: base + "/?" + query, Home: base + "/"}
}

// baseURL is what links in mail begin with. Without PUBLIC_URL it is the host of the request where
// Google's front end sets that, and otherwise "": a sender could choose the host, and mail would
// lead people to it.
func (s *site) baseURL(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case s.TrustsHost:
		return "https://" + r.Host
	}
	return ""
}
