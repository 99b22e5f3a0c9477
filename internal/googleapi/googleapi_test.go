package googleapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	asset "cloud.google.com/go/asset/apiv1"
	"cloud.google.com/go/asset/apiv1/assetpb"
	"github.com/google/go-cmp/cmp"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/cloudresourcemanager/v3"
)

const (
	managerHost = "cloudresourcemanager.googleapis.com"
	policyPath  = "/" + managerHost + "/v3/projects/p:getIamPolicy"
	searchPath  = "/google.cloud.asset.v1.AssetService/SearchAllIamPolicies"
)

func readPolicy(t *testing.T, a *Access) error {
	t.Helper()
	s, err := cloudresourcemanager.NewService(t.Context(), a.REST(managerHost)...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Projects.GetIamPolicy("projects/p", &cloudresourcemanager.GetIamPolicyRequest{}).Context(t.Context()).Do()
	return err
}

func searchPolicies(t *testing.T, a *Access) error {
	t.Helper()
	c, err := asset.NewClient(t.Context(), a.GRPC("cloudasset.googleapis.com")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	found, err := c.SearchAllIamPolicies(t.Context(), &assetpb.SearchAllIamPoliciesRequest{Scope: "projects/p"}).Next()
	if err == nil && found.GetResource() != "found" {
		t.Errorf("got %v, want what the server returned", found)
	}
	return err
}

func TestAccess_SendsEveryHostToTheEndpoint(t *testing.T) {
	t.Parallel()
	for name, encrypted := range map[string]bool{"plain on this machine": false, "by TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, encrypted, nil)
			a := s.access(t, Config{AccessToken: "secret", UserAgent: "jitaccess/1"})
			if err := readPolicy(t, a); err != nil {
				t.Fatal(err)
			}
			if err := searchPolicies(t, a); err != nil {
				t.Fatal(err)
			}
			rest, rpc := s.seen(policyPath), s.seen(searchPath)
			if len(rest) != 1 || len(rpc) != 1 {
				t.Fatalf("got %d and %d calls, want one each, in %v", len(rest), len(rpc), s.calls)
			}
			major := 1
			if encrypted {
				major = 2
			}
			want := call{"POST", policyPath, s.host(), "Bearer secret", "jitaccess/1 google-api-go-client/0.5", "", major}
			if diff := cmp.Diff(want, rest[0]); diff != "" {
				t.Errorf("REST (-want +got):\n%s", diff)
			}
			if rpc[0].Authorization != "Bearer secret" || !strings.HasPrefix(rpc[0].UserAgent, "jitaccess/1 ") {
				t.Errorf("gRPC: got %+v, want the token and our name", rpc[0])
			}
		})
	}
}

func TestAccess_TakesResponsesCompressedUnlessConfiguredOtherwise(t *testing.T) {
	t.Parallel()
	for uncompressed, want := range map[bool]string{false: "gzip", true: ""} {
		asked := make(chan string, 1)
		s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Header.Get("Accept-Encoding")
			_, _ = w.Write([]byte("{}"))
		})
		if err := readPolicy(t, s.access(t, Config{AccessToken: "secret", Uncompressed: uncompressed})); err != nil {
			t.Fatal(err)
		}
		if got := <-asked; got != want {
			t.Errorf("with Uncompressed %t: Accept-Encoding %q, want %q", uncompressed, got, want)
		}
	}
}

func TestAccess_KeepsTheEndpointsPrefix(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, nil)
	a := s.access(t, Config{Endpoint: "/stage/one/", AccessToken: "secret"})
	if err := readPolicy(t, a); err != nil {
		t.Fatal(err)
	}
	if got := s.seen("/stage/one" + policyPath); len(got) != 1 {
		t.Errorf("got %v, want one call below the prefix", s.calls)
	}
	if want := s.URL + "/stage/one"; a.Endpoint() != want {
		t.Errorf("announced %q, want %q", a.Endpoint(), want)
	}
}

func TestAccess_KeepsEscapedSegments(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, nil)
	a := s.access(t, Config{AccessToken: "secret"})
	directory, err := admin.NewService(t.Context(), a.REST("admin.googleapis.com")...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := directory.Members.HasMember("a/b@example.com", "alice@example.com").Do(); err != nil {
		t.Fatal(err)
	}
	const want = "/admin.googleapis.com/admin/directory/v1/groups/a%2Fb%40example.com/hasMember/alice%40example.com"
	if len(s.seen(want)) != 1 {
		t.Errorf("got %v, want %s", s.calls, want)
	}
}

func TestREST_EnvironmentCannotMoveTheHost(t *testing.T) {
	s := newServer(t, false, nil)
	a := s.access(t, Config{AccessToken: "secret"})
	t.Setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "universe.example.com")
	t.Setenv("GOOGLE_API_USE_MTLS_ENDPOINT", "always")
	if err := readPolicy(t, a); err != nil {
		t.Fatal(err)
	}
	if len(s.seen(policyPath)) != 1 {
		t.Errorf("got %v, want a call of %s", s.calls, managerHost)
	}
}

func TestREST_TokenGoesToNoOtherHost(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, nil)
	a := s.access(t, Config{AccessToken: "secret"})
	client := &http.Client{Transport: &authorizedTransport{host: managerHost, bearer: a.bearer, base: a.transport}}
	for _, address := range []string{"https://other.example.com/", "http://" + managerHost + "/", s.URL, "https://" + managerHost + ".example.com/"} {
		body := &closeRecorder{Reader: strings.NewReader("{}")}
		_, err := client.Post(address, "application/json", body)
		if err == nil || !strings.Contains(err.Error(), "this client was made for https://"+managerHost) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want a refusal without the token", address, err)
		}
		if !body.closed {
			t.Errorf("%s: the body of the refused request was left open", address)
		}
	}
	if len(s.calls) != 0 {
		t.Errorf("calls arrived: %v", s.calls)
	}
}

func TestREST_DoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the redirect was followed, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	s := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	if err := readPolicy(t, s.access(t, Config{AccessToken: "secret"})); err == nil {
		t.Error("a redirect passed for a response")
	}
}

func TestHTTPClient_RedirectsWithoutCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, nil)
	client := s.access(t, Config{AccessToken: "secret"}).HTTPClient()
	get(t, client, "https://www.gstatic.com/iap/verify/public_key-jwk")
	get(t, client, s.URL+"/keys") // on this machine: as it is
	for _, path := range []string{"/www.gstatic.com/iap/verify/public_key-jwk", "/keys"} {
		if got := s.seen(path); len(got) != 1 || got[0].Authorization != "" {
			t.Errorf("%s: got %v, want one call without a token", path, got)
		}
	}
}

func TestHTTPClient_RefusesPlainHTTPToOthers(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "http://127.0.0.1:1"} {
		a, err := New(t.Context(), Config{Endpoint: endpoint, AccessToken: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"http://keys.example.com/", "http://10.0.0.1/", "ftp://keys.example.com/"} {
			if _, err := a.HTTPClient().Get(address); err == nil || !strings.Contains(err.Error(), "only https leaves this machine") {
				t.Errorf("endpoint %q, %s: got %v, want a refusal", endpoint, address, err)
			}
		}
	}
}

func TestHTTPClient_LeavesTheHTTPSEndpointsOwnAddresses(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, nil)
	get(t, s.access(t, Config{AccessToken: "secret"}).HTTPClient(), s.URL+"/keys")
	if len(s.seen("/keys")) != 1 {
		t.Errorf("got %v, want the address as it was", s.calls)
	}
}

func TestAccess_SecondBurstOpensNoConnections(t *testing.T) {
	t.Parallel()
	const burst = 64
	var together *sync.WaitGroup // a call is answered once all have arrived
	s := newServer(t, false, func(w http.ResponseWriter, _ *http.Request) {
		together.Done()
		together.Wait()
		_, _ = w.Write([]byte("{}"))
	})
	a := s.access(t, Config{AccessToken: "secret"})
	run := func() {
		together = new(sync.WaitGroup)
		together.Add(burst)
		var all sync.WaitGroup
		for range burst {
			all.Go(func() {
				if err := readPolicy(t, a); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	run()
	opened := s.connections()
	run()
	if again := s.connections() - opened; opened != burst || again != 0 {
		t.Errorf("opened %d connections for the first burst and %d more for the second, want %d and none", opened, again, burst)
	}
}

type closeRecorder struct {
	*strings.Reader
	closed bool
}

func (c *closeRecorder) Close() error {
	c.closed = true
	return nil
}

func get(t *testing.T, client *http.Client, address string) {
	t.Helper()
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s: got status %d", address, res.StatusCode)
	}
}

type recorder struct{ addresses []string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.addresses = append(r.addresses, req.URL.String())
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestRedirect_WithoutEndpointNothingMoves(t *testing.T) {
	t.Parallel()
	base := new(recorder)
	client := &http.Client{Transport: &redirectTransport{base: base}}
	want := []string{"https://" + managerHost + "/v3/projects/p", "http://169.254.169.254/latest/meta-data"}
	for _, address := range want {
		get(t, client, address)
	}
	if diff := cmp.Diff(want, base.addresses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
