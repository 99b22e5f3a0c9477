package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	iamcredentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/google"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
)

const portal = "portal@jit-access.iam.gserviceaccount.com"

func TestAnInstanceFindsItsIdentityAndUsesIt(t *testing.T) {
	// The environment is the only way to point these clients at a metadata server, so this test
	// runs alone.
	e := emulatortest.Start(t, emulator.Options{})
	host, err := e.Metadata(portal)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GCE_METADATA_HOST", host)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir())
	found, err := google.FindDefaultCredentials(context.Background(), admin.AdminDirectoryGroupMemberReadonlyScope)
	if err != nil {
		t.Fatal(err)
	}

	directory, err := admin.NewService(t.Context(), option.WithEndpoint(e.URL()+"/admin.googleapis.com/"), option.WithTokenSource(found.TokenSource))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := directory.Members.HasMember("oncall@example.com", "alice@example.com").Do(); err != nil || !got.IsMember {
		t.Errorf("hasMember of Alice = %+v (%v), want true", got, err)
	}

	client, err := iamcredentials.NewIamCredentialsClient(t.Context(), option.WithEndpoint(strings.TrimPrefix(e.URL(), "http://")),
		option.WithTokenSource(found.TokenSource), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	signed, err := client.SignJwt(t.Context(), &credentialspb.SignJwtRequest{Name: "projects/-/serviceAccounts/" + portal, Payload: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	if !published(t, e, "/www.googleapis.com/service_accounts/v1/metadata/jwk/"+portal, signed.GetKeyId()) {
		t.Errorf("key %s, which signed, is not published", signed.GetKeyId())
	}

	want := []string{
		"admin.googleapis.com GET /admin/directory/v1/groups/{group}/hasMember/{member} " + portal,
		"iamcredentials.googleapis.com SignJwt " + portal,
		"www.googleapis.com GET /service_accounts/v1/metadata/jwk/{email} ",
	}
	var got []string
	for _, call := range e.Journal().Calls() {
		got = append(got, call.Host+" "+call.Method+" "+call.Caller)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestMetadata_NeedsAServiceAccount(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	if host, err := e.Metadata("alice@example.com"); err == nil {
		t.Errorf("a metadata server of a person runs at %s", host)
	}
}

func TestAPersonSignsInThroughTheStandIn(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	assertions := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		assertions <- r.Header.Get("X-Goog-Iap-Jwt-Assertion")
	}))
	t.Cleanup(app.Close)
	upstream, err := url.Parse(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(e.IAP(iap.Options{Upstream: upstream, Audience: "/projects/200000000100/global/backendServices/42"}))
	t.Cleanup(front.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	form := url.Values{"email": {"bob@example.com"}, "continue": {"/"}}
	response, err := browser.PostForm(front.URL+"/_gcp_gatekeeper/sign-in", form)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	token, _, err := jwt.NewParser().ParseUnverified(<-assertions, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := token.Header["kid"].(string)
	if email := token.Claims.(jwt.MapClaims)["email"]; email != "bob@example.com" || !published(t, e, "/www.gstatic.com/iap/verify/public_key-jwk", id) {
		t.Errorf("the portal sees %v under key %s, want bob@example.com under a published key", email, id)
	}
}

// published tells whether the key set at the path holds the key.
func published(t *testing.T, e *emulator.Emulator, path, id string) bool {
	t.Helper()
	response, err := http.Get(e.URL() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(set.Keys, func(k struct{ Kid string }) bool { return k.Kid == id })
}
