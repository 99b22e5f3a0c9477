package policy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/option"
)

const nullPolicy = `{"version":3,"etag":"BwX","bindings":[{"role":"roles/viewer","members":["user:bob@example.com"]},null]}`

// serverUpstream is Resource Manager with these responses to a read and to a write, by HTTP.
func serverUpstream(t *testing.T, get, set string) (u Upstream, sets *atomic.Int32) {
	t.Helper()
	sets = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, ":setIamPolicy") {
			sets.Add(1)
			_, _ = io.WriteString(w, set)
			return
		}
		_, _ = io.WriteString(w, get)
	}))
	t.Cleanup(server.Close)
	service, err := cloudresourcemanager.NewService(t.Context(), option.WithHTTPClient(server.Client()), option.WithEndpoint(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return NewUpstream(service), sets
}

// statusServer is the generated client with one response to everything.
func statusServer(t *testing.T, status int, body string) Upstream {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	service, err := cloudresourcemanager.NewService(t.Context(), option.WithHTTPClient(server.Client()), option.WithEndpoint(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return NewUpstream(service)
}

func TestRead_RefusesANullBinding(t *testing.T) {
	t.Parallel()
	upstream, _ := serverUpstream(t, nullPolicy, "")
	_, err := NewReader(upstream, PortalRetry()).Read(t.Context(), project)
	if !errors.Is(err, ErrNullBinding) || !strings.Contains(fmt.Sprint(err), "it holds a null binding") {
		t.Errorf("err = %v, want ErrNullBinding", err)
	}
}

func TestModify_RefusesANullBinding(t *testing.T) {
	t.Parallel()
	upstream, sets := serverUpstream(t, nullPolicy, nullPolicy)
	for _, base := range []*Policy{nil, {Version: 3, Etag: "BwX", Bindings: []*Binding{nil}}} {
		c := grantChange("roles/viewer", "user:alice@example.com")
		c.Base = base
		_, err := NewWriter(upstream, testOptions()).Modify(t.Context(), project, c)
		if !errors.Is(err, ErrNullBinding) || sets.Load() != 0 {
			t.Errorf("err = %v after %d writes, want ErrNullBinding and none", err, sets.Load())
		}
	}
}

func TestModify_ANullBindingInTheResponseToAWriteSettlesNothing(t *testing.T) {
	t.Parallel()
	upstream, sets := serverUpstream(t, `{"version":3,"etag":"BwX"}`, nullPolicy)
	options := testOptions()
	options.Retry.Base, options.Retry.Cap = time.Millisecond, time.Millisecond
	_, err := NewWriter(upstream, options).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
	if !errors.Is(err, ErrNullBinding) || !errors.Is(err, ErrUnsettled) {
		t.Errorf("err = %v after %d writes, want ErrNullBinding and ErrUnsettled", err, sets.Load())
	}
}
