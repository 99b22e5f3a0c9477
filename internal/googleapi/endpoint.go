package googleapi

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// endpoint stands in for every host of Google's; nil stands for Google itself.
type endpoint struct{ url url.URL }

// parseEndpoint takes http(s)://host[:port][/prefix], nothing more; "" is nil.
func parseEndpoint(s string) (*endpoint, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("reading the API endpoint: %w", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, fmt.Errorf("the API endpoint %q is not an address like https://host:port/prefix", u.Redacted())
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return nil, fmt.Errorf("the API endpoint %q has a user, a query or a fragment; write scheme, host, port and path only", u.Redacted())
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the API endpoint %q is plain http to another machine, which would show access tokens to the network; use https", u.Redacted())
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return &endpoint{url: *u}, nil
}

func (e *endpoint) String() string { return e.url.String() }

func (e *endpoint) plaintext() bool { return e.url.Scheme == "http" }

// grpcTarget is where gRPC goes: host and port, the prefix has no meaning there.
func (e *endpoint) grpcTarget() string {
	port := e.url.Port()
	switch {
	case port != "":
	case e.plaintext():
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(e.url.Hostname(), port)
}

// rewrite turns https://HOST/path?query into ENDPOINT/HOST/path?query, the path's escapes
// untouched.
func (e *endpoint) rewrite(u *url.URL) *url.URL {
	host := "/" + strings.ToLower(strings.TrimSuffix(u.Host, ":443"))
	to := *u
	to.Scheme, to.Host = e.url.Scheme, e.url.Host
	to.Path = e.url.Path + host + u.Path
	to.RawPath = e.url.EscapedPath() + host + u.EscapedPath()
	return &to
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isLinkLocal is where metadata services of clouds live, 169.254.169.254 and the like: plain http
// never leaves the host's own link.
func isLinkLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLinkLocalUnicast()
}
