package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"golang.org/x/oauth2"
	crm "google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

const (
	admin = "admin@example.com"
	host  = "cloudresourcemanager.googleapis.com"
)

// projects is Google's own client over each protocol.
func projects(t *testing.T, e *emulator.Emulator, token string) map[string]*resourcemanager.ProjectsClient {
	t.Helper()
	tokens := option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
	plain, err := resourcemanager.NewProjectsClient(context.Background(), tokens, option.WithEndpoint(strings.TrimPrefix(e.URL(), "http://")),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := resourcemanager.NewProjectsRESTClient(context.Background(), tokens, option.WithEndpoint(e.URL()+"/"+host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close(); rest.Close() })
	return map[string]*resourcemanager.ProjectsClient{"gRPC": plain, "REST": rest}
}

func TestBothProtocols_ServeTheSame(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, c := range projects(t, e, e.Token(admin)) {
		p, err := c.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: "projects/payments-prod"})
		if err != nil || p.GetName() != "projects/200000000001" || p.GetState() != resourcemanagerpb.Project_ACTIVE || p.GetLabels()["env"] != "prod" {
			t.Errorf("%s: project %v, %v", protocol, p, err)
		}
		policy, err := c.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: "projects/payments-prod", Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3}})
		if err != nil || policy.GetVersion() != 3 {
			t.Errorf("%s: policy %v, %v", protocol, policy, err)
		}
		_, err = c.DeleteProject(t.Context(), &resourcemanagerpb.DeleteProjectRequest{Name: "projects/payments-prod"})
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: deleting a project: %v, want Unimplemented", protocol, err)
		}
	}
	for protocol, c := range projects(t, e, "foreign") {
		_, err := c.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: "projects/payments-prod"})
		if status.Code(err) != codes.Unauthenticated || !strings.Contains(err.Error(), "invalid authentication credentials") {
			t.Errorf("%s: with a foreign token: %v, want Unauthenticated", protocol, err)
		}
	}
}

// ask sends one request as it is, and returns status and body.
func ask(t *testing.T, e *emulator.Emulator, method, path, body string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+e.Token(admin))
	for key, value := range headers {
		r.Header.Set(key, value)
		if key == "Host" {
			r.Host = value
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func TestREST_ReadsRequestsAsClientsSendThem(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	get := "/" + host + "/v3/projects/payments-prod"
	for name, c := range map[string]struct {
		method, path, body string
		headers            map[string]string
		code               int
		want               string
	}{
		"by first path element": {"GET", get, "", nil, 200, `"projectId": "payments-prod"`},
		"by host":               {"GET", "/v3/projects/payments-prod", "", map[string]string{"Host": host}, 200, `"state": "ACTIVE"`},
		"by host with port":     {"GET", "/v3/projects/payments-prod", "", map[string]string{"Host": host + ":443"}, 200, `"state": "ACTIVE"`},
		"compact":               {"GET", get + "?prettyPrint=false&alt=json", "", nil, 200, `"projectId":"payments-prod"`},
		"numbers for enums":     {"GET", get + "?%24alt=json%3Benum-encoding%3Dint", "", nil, 200, `"state":1`},
		"unknown host":          {"GET", "/run.googleapis.com/v2/projects/p/services", "", nil, 501, "or enabled: GET run.googleapis.com/v2/projects/p/services"},
		"unknown by host":       {"GET", "/v2/projects/p", "", map[string]string{"Host": "run.googleapis.com"}, 501, "or enabled: GET run.googleapis.com/v2/projects/p"},
		"no host":               {"GET", "/v3/projects/payments-prod", "", nil, 501, `"status": "UNIMPLEMENTED"`},
		"without a handler":     {"PUT", "/admin.googleapis.com/admin/directory/v1/groups", "", nil, 501, `"status": "UNIMPLEMENTED"`},
		"unserved, anonymous":   {"GET", "/run.googleapis.com/v2/projects", "", map[string]string{"Authorization": ""}, 501, `"code": 501`},
		"unknown path":          {"GET", "/" + host + "/v3/nosuch", "", nil, 501, "Operation is not implemented, or supported, or enabled"},
		"wrong verb":            {"PUT", get, "", nil, 501, `"status": "UNIMPLEMENTED"`},
		"unknown query":         {"GET", get + "?nosuch=1", "", nil, 400, `Unknown name \"nosuch\": Cannot bind query parameter. Field 'nosuch' could not be found in request message.`},
		"wrong query":           {"GET", "/" + host + "/v3/projects:search?pageSize=many", "", nil, 400, "Invalid value at 'pageSize'"},
		"unknown field":         {"POST", get + ":getIamPolicy", `{"nosuch":1}`, nil, 400, `Unknown name \"nosuch\": Cannot find field.`},
		"not JSON":              {"POST", get + ":getIamPolicy", `{`, nil, 400, "Invalid JSON payload received."},
		"null body":             {"POST", get + ":getIamPolicy", `null`, nil, 200, `"etag"`},
		"escaped path":          {"GET", "/" + host + "/v3/projects/payments%2Dprod", "", nil, 200, `"projectId": "payments-prod"`},
		"anonymous":             {"GET", get, "", map[string]string{"Authorization": ""}, 401, `"reason": "CREDENTIALS_MISSING"`},
		"basic authentication":  {"GET", get, "", map[string]string{"Authorization": "Basic YTpi"}, 401, `"reason": "CREDENTIALS_MISSING"`},
		"foreign token":         {"GET", get, "", map[string]string{"Authorization": "Bearer x"}, 401, `"status": "UNAUTHENTICATED"`},
		"malformed, anonymous":  {"POST", get + ":getIamPolicy", `{`, map[string]string{"Authorization": ""}, 401, `"status": "UNAUTHENTICATED"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := ask(t, e, c.method, c.path, c.body, c.headers)
			if response.StatusCode != c.code || !strings.Contains(body, c.want) {
				t.Errorf("%s %s: %d\n%s\nwant %d with %s", c.method, c.path, response.StatusCode, body, c.code, c.want)
			}
		})
	}
}

func TestREST_CompressesBothWays(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, writeErr := io.WriteString(z, `{"options":{"requestedPolicyVersion":3}}`)
	if err := errors.Join(writeErr, z.Close()); err != nil {
		t.Fatal(err)
	}
	response, body := ask(t, e, "POST", "/"+host+"/v3/projects/payments-prod:getIamPolicy", zipped.String(),
		map[string]string{"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
	if response.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("answer in %q, want gzip", response.Header.Get("Content-Encoding"))
	}
	unzipped, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Version int }
	if err := json.NewDecoder(unzipped).Decode(&policy); err != nil || policy.Version != 3 {
		t.Errorf("version %d, %v, want 3 as the compressed request asked", policy.Version, err)
	}
	response, _ = ask(t, e, "POST", "/"+host+"/v3/projects/payments-prod:getIamPolicy", "no gzip", map[string]string{"Content-Encoding": "gzip"})
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("a body that is not compressed as it says: %d, want 400", response.StatusCode)
	}
}

func TestErrors_ListsAreForDiscoveryClients(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	service, err := crm.NewService(t.Context(), option.WithEndpoint(e.URL()+"/"+host+"/"), option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(admin)})))
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.Projects.Get("projects/nosuch").Do()
	var refused *googleapi.Error
	if !errors.As(err, &refused) || len(refused.Errors) != 1 || refused.Errors[0].Reason != "forbidden" {
		t.Errorf("a discovery client's error: %#v, want a list with forbidden", err)
	}
	_, body := ask(t, e, "GET", "/"+host+"/v3/projects/nosuch", "", nil)
	if strings.Contains(body, `"errors"`) || !strings.Contains(body, `"status": "PERMISSION_DENIED"`) {
		t.Errorf("anyone's error: %s, want no list", body)
	}
}

func TestHeaders_AreThoseOfGooglesFrontEnd(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	response, _ := ask(t, e, "GET", "/"+host+"/v3/projects/payments-prod", "", nil)
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=UTF-8", "Server": "ESF", "Cache-Control": "private", "X-Content-Type-Options": "nosniff",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := strings.Join(response.Header.Values("Vary"), ", "); got != "Origin, X-Origin, Referer" {
		t.Errorf("Vary: %q", got)
	}
}
