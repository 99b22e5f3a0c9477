package googleapi

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"
)

// maxIdlePerHost keeps the connections of a burst of parallel look-ups open for the next burst.
const maxIdlePerHost = 128

// newTransport is the one pool of connections. A client without a deadline of its own still ends:
// the header of a response is waited for at most a minute.
func newTransport(roots *x509.CertPool, uncompressed bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       tlsConfig(roots),
		TLSHandshakeTimeout:   10 * time.Second,
		DisableCompression:    uncompressed,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConnsPerHost:   maxIdlePerHost,
		IdleConnTimeout:       90 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		ExpectContinueTimeout: time.Second,
	}
}

// tlsConfig trusts the machine's certificate authorities where roots is nil.
func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
}

// redirectTransport sends https://HOST/path to the endpoint that stands in for HOST. What is
// addressed to the endpoint itself goes there unchanged.
type redirectTransport struct {
	to   *endpoint
	base http.RoundTripper
}

func (r *redirectTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Hostname()
	switch {
	case req.URL.Opaque != "":
		return refuse(req, "the address is not a plain one")
	case req.URL.Scheme == "http" && (isLoopback(host) || isLinkLocal(host)):
		return r.base.RoundTrip(req)
	case req.URL.Scheme != "https":
		return refuse(req, "only https leaves this machine")
	case r.to == nil || r.to.url.Scheme == "https" && r.to.url.Host == req.URL.Host:
		return r.base.RoundTrip(req)
	}
	to := req.WithContext(req.Context())
	to.URL, to.Host = r.to.rewrite(req.URL), ""
	return r.base.RoundTrip(to)
}

// refuse fails a request before it is sent; a RoundTripper must close the body.
func refuse(req *http.Request, why string) (*http.Response, error) {
	closeBody(req)
	return nil, fmt.Errorf("refusing to call %s://%s: %s", req.URL.Scheme, req.URL.Host, why)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
