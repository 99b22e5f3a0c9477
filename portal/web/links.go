package web

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// recipients get the mail about a request.
func recipients(c request.Claims) []string { return append([]string{c.Beneficiary}, c.Reviewers...) }

// addresses are the links in a mail. Without a token, the mail is about no request.
func (s *site) addresses(r *http.Request, c request.Claims, token string) event.Addresses {
	base := s.baseURL(r)
	if base == "" {
		return event.Addresses{}
	}
	if token == "" {
		return event.Addresses{Home: base + "/"}
	}
	return event.Addresses{Request: requestLink(base, c, token), Home: base + "/"}
}

// baseURL is what links in mail begin with. The host of a request is none of it wherever a sender
// can choose that: mail would lead people to it. It is "" where the portal's address is not known.
func (s *site) baseURL(r *http.Request) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case s.AppEngine != "":
		return "https://" + appEngineHost(r, s.AppEngine)
	}
	return ""
}

// appEngineHeader names the application's own host. The front end of App Engine sets it, and
// removes one that a client sends:
// cloud.google.com/appengine/docs/standard/reference/request-headers.
const appEngineHeader = "X-Appengine-Default-Version-Hostname"

// appEngineHost is the host of a service of App Engine. The header names that of the default one;
// the others have their names before it. Without the header it is the host of the request, which
// the front end has routed by.
func appEngineHost(r *http.Request, service string) string {
	host := r.Header.Get(appEngineHeader)
	switch {
	case host == "":
		return r.Host
	case service != "default":
		return service + "-dot-" + host
	}
	return host
}

// linkToCopy is the link of a request for its own page, from where people pass it on themselves.
// Only whoever asked for the page reads it, so the host that they asked will do.
func (s *site) linkToCopy(r *http.Request, c request.Claims, token string) string {
	return requestLink(cmp.Or(s.baseURL(r), "https://"+r.Host), c, token)
}

// requestLink has the form of JIT Access 1.8.1, which home redirects.
func requestLink(base string, c request.Claims, token string) string {
	return base + "/?activation=" + request.Obscure(token) + "&projectId=" + url.QueryEscape(c.Key.Project())
}
