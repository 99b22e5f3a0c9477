package credentials_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	iamcredentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/credentials"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	portal    = "portal@jit-access.iam.gserviceaccount.com"
	deployer  = "deployer@payments-prod.iam.gserviceaccount.com"
	terraform = "terraform@jit-access.iam.gserviceaccount.com"
	wildcard  = "projects/-/serviceAccounts/"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type scene struct {
	*credentials.Server
	world *world.World
	clock *clock
	url   string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{clock: &clock{now: time.Now().Truncate(time.Second)}}
	w, err := world.Parse("demo.json", world.Demo(), world.Options{Clock: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.world = w
	s.Server = credentials.New(w)
	front := wire.New(wire.Options{Clock: s.clock.Now, Caller: w.Caller})
	credentialspb.RegisterIAMCredentialsServer(front.API("iamcredentials.googleapis.com"), s.Server)
	front.HandlePublic("www.googleapis.com", s.Keys())
	front.HandlePublic("oauth2.googleapis.com", s.TokenEndpoint())
	server := httptest.NewUnstartedServer(nil)
	server.Config = front.HTTP()
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// client is Google's gRPC client, calling as the caller.
func (s *scene) client(t *testing.T, caller string) *iamcredentials.IamCredentialsClient {
	t.Helper()
	c, err := iamcredentials.NewIamCredentialsClient(t.Context(),
		option.WithEndpoint(strings.TrimPrefix(s.url, "http://")),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.world.Token(caller)})),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (s *scene) sign(t *testing.T, payload string) (*credentialspb.SignJwtResponse, error) {
	t.Helper()
	return s.client(t, portal).SignJwt(t.Context(), &credentialspb.SignJwtRequest{Name: wildcard + portal, Payload: payload})
}

// redirected is a context in which oauth2 reaches the emulator where it means Google.
func (s *scene) redirected(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: redirect{strings.TrimPrefix(s.url, "http://")}})
}

type redirect struct{ host string }

func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Host, request.URL.Scheme = request.URL.Host, "http"
	request.URL.Host = r.host
	return http.DefaultTransport.RoundTrip(request)
}
