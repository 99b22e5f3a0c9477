package emulator_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/cloudasset/v1"
	"google.golang.org/api/cloudbilling/v1"
	resourcemanagerv1 "google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iam/v1"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"
	"google.golang.org/api/pubsub/v1"
	"google.golang.org/api/secretmanager/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

var documents = []string{
	"cloudresourcemanager/v3/cloudresourcemanager-api.json",
	"cloudresourcemanager/v1/cloudresourcemanager-api.json",
	"cloudasset/v1/cloudasset-api.json",
	"admin/directory/v1/admin-api.json",
	"iamcredentials/v1/iamcredentials-api.json",
	"iam/v1/iam-api.json",
	"secretmanager/v1/secretmanager-api.json",
	"pubsub/v1/pubsub-api.json",
	"cloudbilling/v1/cloudbilling-api.json",
}

// recorder sends what is meant for Google to the emulator, as the caller, and keeps what passes.
type recorder struct {
	emulator *emulator.Emulator
	caller   string

	mu        sync.Mutex
	exchanges []exchange
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	e := exchange{method: request.Method, host: request.URL.Host, path: request.URL.EscapedPath(), query: request.URL.Query()}
	var err error
	if request.Body != nil {
		if e.request, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	there, err := url.Parse(r.emulator.URL() + "/" + e.host + e.path + "?" + request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	sent := request.Clone(request.Context())
	sent.URL, sent.Host, sent.Body = there, there.Host, io.NopCloser(bytes.NewReader(e.request))
	sent.Header.Set("Authorization", "Bearer "+r.emulator.Token(r.caller))
	response, err := http.DefaultTransport.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	e.response, err = io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(e.response))
	e.status = response.StatusCode
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, e)
	return response, err
}

// traffic asks everything that the emulator serves by REST, through the clients that Google makes
// from the discovery documents.
func traffic(t *testing.T) []exchange {
	t.Helper()
	r := &recorder{emulator: emulatortest.Start(t, emulator.Options{World: withCustomRoles(), WorldName: "world.json"})}
	client := option.WithHTTPClient(&http.Client{Transport: r})
	as := func(caller string, ask func(option.ClientOption) error) {
		t.Helper()
		r.caller = caller
		if err := ask(client); err != nil {
			t.Fatalf("asking as %s: %v", caller, err)
		}
	}
	as("admin@example.com", askResourceManager)
	as("admin@example.com", askResourceManagerV1)
	as(portal, askAsset)
	as(portal, askDirectory)
	as(portal, askCredentials)
	as(portal, askSecretManager)
	as(portal, askPubSub)
	as("admin@example.com", askBilling)
	as("admin@example.com", askIAM)
	return r.exchanges
}

// withCustomRoles is the demo's world and two custom roles, which an administrator may read.
func withCustomRoles() []byte {
	return []byte(strings.NewReplacer(
		`"directoryReaders"`, `"customRoles": [
		  {"name": "projects/jit-access/roles/operator", "title": "Operator", "permissions": ["run.services.get"]},
		  {"name": "organizations/433637338589/roles/auditor", "title": "Auditor", "permissions": []}
		], "directoryReaders"`,
		`{"role": "roles/browser"`, `{"role": "roles/iam.organizationRoleViewer", "members": ["user:admin@example.com"]}, {"role": "roles/browser"`,
	).Replace(string(world.Demo())))
}

// ask makes calls one after the other, until one fails.
func ask(calls ...func() error) error {
	for _, call := range calls {
		if err := call(); err != nil {
			return err
		}
	}
	return nil
}

// discard forgets what a call answered: the recorder has it.
func discard[T any](do func(...googleapi.CallOption) (T, error)) func() error {
	return func() error {
		_, err := do()
		return err
	}
}

func askResourceManager(o option.ClientOption) error {
	s, err := cloudresourcemanager.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	const project, folder, organization = "projects/payments-prod", "folders/100000000001", "organizations/433637338589"
	read := &cloudresourcemanager.GetIamPolicyRequest{Options: &cloudresourcemanager.GetPolicyOptions{RequestedPolicyVersion: 3}}
	var policies [3]*cloudresourcemanager.Policy
	if err := ask(
		func() (err error) { policies[0], err = s.Projects.GetIamPolicy(project, read).Do(); return err },
		func() (err error) { policies[1], err = s.Folders.GetIamPolicy(folder, read).Do(); return err },
		func() (err error) {
			policies[2], err = s.Organizations.GetIamPolicy(organization, read).Do()
			return err
		},
	); err != nil {
		return err
	}
	write := func(i int) *cloudresourcemanager.SetIamPolicyRequest {
		return &cloudresourcemanager.SetIamPolicyRequest{Policy: policies[i], UpdateMask: "bindings,etag"}
	}
	return ask(
		discard(s.Projects.SetIamPolicy(project, write(0)).Do), discard(s.Folders.SetIamPolicy(folder, write(1)).Do),
		discard(s.Organizations.SetIamPolicy(organization, write(2)).Do),
		discard(s.Projects.Get(project).Do), discard(s.Folders.Get(folder).Do), discard(s.Organizations.Get(organization).Do),
		discard(s.Projects.Search().Query("state:ACTIVE").PageSize(3).Do), discard(s.Folders.Search().Do), discard(s.Folders.List().Parent(organization).Do), discard(s.Organizations.Search().Do),
	)
}

func askResourceManagerV1(o option.ClientOption) error {
	s, err := resourcemanagerv1.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	read := &resourcemanagerv1.GetIamPolicyRequest{Options: &resourcemanagerv1.GetPolicyOptions{RequestedPolicyVersion: 3}}
	policy, err := s.Projects.GetIamPolicy("payments-prod", read).Do()
	if err != nil {
		return err
	}
	return ask(
		discard(s.Projects.SetIamPolicy("payments-prod", &resourcemanagerv1.SetIamPolicyRequest{Policy: policy}).Do),
		discard(s.Organizations.GetIamPolicy("organizations/433637338589", read).Do),
		discard(s.Projects.Get("payments-prod").Do), discard(s.Organizations.Get("organizations/433637338589").Do),
		discard(s.Organizations.Search(&resourcemanagerv1.SearchOrganizationsRequest{Filter: "domain:example.com"}).Do),
	)
}

func askAsset(o option.ClientOption) error {
	s, err := cloudasset.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	const scope = "organizations/433637338589"
	return ask(
		discard(s.EffectiveIamPolicies.BatchGet(scope).Names("//cloudresourcemanager.googleapis.com/projects/payments-prod",
			"//cloudresourcemanager.googleapis.com/projects/card-vault").Do),
		discard(s.V1.SearchAllIamPolicies(scope).Query("policy:roles/storage.objectAdmin").PageSize(10).Do),
		discard(s.V1.SearchAllResources(scope).AssetTypes("cloudresourcemanager.googleapis.com/Project").Do),
	)
}

func askDirectory(o option.ClientOption) error {
	s, err := admin.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	const group = "oncall@example.com"
	return ask(
		discard(s.Groups.List().Customer("my_customer").Query("memberKey=alice@example.com").Do),
		discard(s.Members.List(group).IncludeDerivedMembership(true).MaxResults(2).Do),
		discard(s.Members.HasMember(group, "alice@example.com").Do),
	)
}

func askCredentials(o option.ClientOption) error {
	s, err := iamcredentials.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	const name = "projects/-/serviceAccounts/" + portal
	accounts := s.Projects.ServiceAccounts
	return ask(
		discard(accounts.SignJwt(name, &iamcredentials.SignJwtRequest{Payload: "{}"}).Do),
		discard(accounts.GenerateAccessToken(name, &iamcredentials.GenerateAccessTokenRequest{Scope: []string{"a"}, Lifetime: "60s"}).Do),
	)
}

func askIAM(o option.ClientOption) error {
	s, err := iam.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	return ask(
		discard(s.Roles.Get("roles/compute.admin").Do), discard(s.Projects.Roles.Get("projects/jit-access/roles/operator").Do),
		discard(s.Organizations.Roles.Get("organizations/433637338589/roles/auditor").Do),
		discard(s.Roles.QueryGrantableRoles(&iam.QueryGrantableRolesRequest{FullResourceName: "//cloudresourcemanager.googleapis.com/projects/jit-access", PageSize: 10}).Do),
	)
}

func askSecretManager(o option.ClientOption) error {
	s, err := secretmanager.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	return ask(discard(s.Projects.Secrets.Versions.Access("projects/jit-access/secrets/smtp-password/versions/latest").Do))
}

func askBilling(o option.ClientOption) error {
	s, err := cloudbilling.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	return ask(discard(s.Projects.GetBillingInfo("projects/payments-prod").Do))
}

func askPubSub(o option.ClientOption) error {
	s, err := pubsub.NewService(context.Background(), o)
	if err != nil {
		return err
	}
	return ask(discard(s.Projects.Topics.Publish("projects/jit-access/topics/activations", &pubsub.PublishRequest{
		Messages: []*pubsub.PubsubMessage{{Data: "e30", Attributes: map[string]string{"k": "v"}}},
	}).Do))
}

func TestTheEmulatorKeepsToGooglesDefinitions(t *testing.T) {
	t.Parallel()
	all := definitions(t, documents...)
	covered := map[string]bool{}
	for _, e := range traffic(t) {
		id, problems := check(all, e)
		covered[id] = true
		if len(problems) > 0 {
			t.Errorf("%s %s?%s departs from %s: %q\nrequest %s\nresponse %s", e.method, e.path, e.query.Encode(), id, problems, e.request, e.response)
		}
	}
	want := []string{
		"directory_v1 directory.groups.list", "directory_v1 directory.members.hasMember", "directory_v1 directory.members.list",
		"v1 cloudasset.effectiveIamPolicies.batchGet", "v1 cloudasset.searchAllIamPolicies", "v1 cloudasset.searchAllResources",
		"v1 cloudresourcemanager.organizations.get", "v1 cloudresourcemanager.organizations.getIamPolicy", "v1 cloudresourcemanager.organizations.search",
		"v1 cloudresourcemanager.projects.get", "v3 cloudresourcemanager.folders.list",
		"v1 cloudresourcemanager.projects.getIamPolicy", "v1 cloudresourcemanager.projects.setIamPolicy",
		"v1 iamcredentials.projects.serviceAccounts.generateAccessToken", "v1 iamcredentials.projects.serviceAccounts.signJwt",
		"v1 iam.roles.get", "v1 iam.projects.roles.get", "v1 iam.organizations.roles.get", "v1 iam.roles.queryGrantableRoles",
		"v1 secretmanager.projects.secrets.versions.access", "v1 pubsub.projects.topics.publish", "v1 cloudbilling.projects.getBillingInfo",
	}
	for _, kind := range []string{"projects", "folders", "organizations"} {
		for _, verb := range []string{"get", "search", "getIamPolicy", "setIamPolicy"} {
			want = append(want, "v3 cloudresourcemanager."+kind+"."+verb)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(covered))); diff != "" {
		t.Errorf("methods that were asked (-want +got):\n%s", diff)
	}
}

// A check that reports nothing proves something only if it reports what is wrong.
func TestTheDefinitionsFindWhatDepartsFromThem(t *testing.T) {
	t.Parallel()
	all := definitions(t, documents...)
	recorded := map[string]exchange{}
	for _, e := range traffic(t) {
		id, _ := check(all, e)
		recorded[id[strings.LastIndex(id, " ")+1:]] = e
	}
	swap := func(body *[]byte, from, to string) {
		changed := strings.Replace(string(*body), from, to, 1)
		if changed == string(*body) {
			t.Errorf("%q does not stand in %s", from, *body)
		}
		*body = []byte(changed)
	}
	for name, c := range map[string]struct {
		method string
		spoil  func(*exchange)
		want   string
	}{
		"unknown path":       {"cloudresourcemanager.projects.get", func(e *exchange) { e.path += "/extra" }, "is no method of any API"},
		"another host":       {"cloudresourcemanager.projects.get", func(e *exchange) { e.host = "cloudasset.googleapis.com" }, "is no method of any API"},
		"another verb":       {"cloudresourcemanager.projects.getIamPolicy", func(e *exchange) { e.method = http.MethodHead }, "is no method of any API"},
		"unknown parameter":  {"directory.members.list", func(e *exchange) { e.query.Set("derived", "true") }, "query: no parameter derived"},
		"repeated parameter": {"directory.members.list", func(e *exchange) { e.query.Add("maxResults", "3") }, "query: maxResults stands there twice"},
		"text for a number":  {"directory.members.list", func(e *exchange) { e.query.Set("maxResults", "many") }, `query: maxResults: "many" is no integer`},
		"unknown choice":     {"directory.groups.list", func(e *exchange) { e.query.Set("sortOrder", "UP") }, `query: sortOrder: "UP" is no string`},
		"unknown field":      {"iamcredentials.projects.serviceAccounts.signJwt", func(e *exchange) { swap(&e.request, `"payload"`, `"claims"`) }, "request: no property claims"},
		"malformed":          {"iamcredentials.projects.serviceAccounts.signJwt", func(e *exchange) { e.request = []byte(`{"payload":`) }, "request: unexpected end"},
		"body of a GET":      {"directory.groups.list", func(e *exchange) { e.request = []byte("{}") }, "request: a body where there is none"},
		"unknown answer":     {"directory.members.hasMember", func(e *exchange) { swap(&e.response, "isMember", "member") }, "response: no property member"},
		"text for a flag":    {"directory.members.hasMember", func(e *exchange) { swap(&e.response, "true", `"true"`) }, "response.isMember: string where boolean is"},
		"text for a list":    {"cloudresourcemanager.folders.getIamPolicy", func(e *exchange) { e.response = []byte(`{"bindings":"none"}`) }, "response.bindings: string where array is"},
		"number for text":    {"cloudresourcemanager.folders.getIamPolicy", func(e *exchange) { e.response = []byte(`{"bindings":[{"role":7}]}`) }, "response.bindings[].role: float64 where string is"},
		"unknown stage":      {"iam.roles.get", func(e *exchange) { swap(&e.response, `"GA"`, `"READY"`) }, `response.stage: "READY" is no`},
		"unknown payload":    {"secretmanager.projects.secrets.versions.access", func(e *exchange) { swap(&e.response, `"data"`, `"text"`) }, "response.payload: no property text"},
		"unknown state":      {"cloudresourcemanager.folders.get", func(e *exchange) { swap(&e.response, `"ACTIVE"`, `"LIVELY"`) }, `response.state: "LIVELY" is no`},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := recorded[c.method]
			if !ok {
				t.Fatalf("nobody asked %s", c.method)
			}
			e.query = maps.Clone(e.query)
			c.spoil(&e)
			if _, problems := check(all, e); len(problems) != 1 || !strings.Contains(problems[0], c.want) {
				t.Errorf("%s with %s: %q, want one problem, %q", c.method, name, problems, c.want)
			}
		})
	}
}
