package googleapi

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc"
)

// metered is the transport of a host's calls, which the meter sees.
func (a *Access) metered(host string) http.RoundTripper {
	if a.meter == nil {
		return a.transport
	}
	return &meteredTransport{meter: a.meter, host: host, base: a.transport}
}

// meteredTransport shows each call to a meter.
type meteredTransport struct {
	meter Meter
	host  string
	base  http.RoundTripper
}

func (m *meteredTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := m.meter.Before(req.Context(), m.host, req.URL.Path); err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := m.base.RoundTrip(req)
	if err != nil {
		m.meter.After(m.host, req.URL.Path, err)
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusForbidden {
		m.meter.After(m.host, req.URL.Path, errorOf(resp))
	}
	return resp, nil
}

// maxErrorBytes bounds what is read ahead of an error's text.
const maxErrorBytes = 16 << 10

// errorOf is the error that a client makes of a response, which stays readable. Some of Google's
// APIs answer 403 where a quota is used up, and say so in the text.
func errorOf(resp *http.Response) error {
	head, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes)) // the client meets the same error
	resp.Body = &readAgain{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	return googleapi.CheckResponse(&http.Response{StatusCode: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(head))})
}

// readAgain is a body of which the beginning was read ahead.
type readAgain struct {
	io.Reader
	io.Closer
}

// meterCalls shows each gRPC call to a meter.
func meterCalls(meter Meter, host string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if err := meter.Before(ctx, host, method); err != nil {
			return err
		}
		err := invoke(ctx, method, req, reply, cc, opts...)
		if err != nil {
			meter.After(host, method, err)
		}
		return err
	}
}
