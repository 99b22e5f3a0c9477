package asset_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	inventory "cloud.google.com/go/asset/apiv1"
	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"golang.org/x/oauth2"
	cloudasset "google.golang.org/api/cloudasset/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

const (
	portal       = "portal@jit-access.iam.gserviceaccount.com"
	organization = "organizations/433637338589"
	prefix       = "//cloudresourcemanager.googleapis.com/"
)

func tokens(e *emulator.Emulator, caller string) option.ClientOption {
	return option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)}))
}

// clients returns the same client over both protocols.
func clients(t *testing.T, e *emulator.Emulator, caller string) map[string]*inventory.Client {
	t.Helper()
	plain, err := inventory.NewClient(context.Background(), tokens(e, caller), option.WithEndpoint(strings.TrimPrefix(e.URL(), "http://")),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := inventory.NewRESTClient(context.Background(), tokens(e, caller), option.WithEndpoint(e.URL()+"/cloudasset.googleapis.com"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close(); rest.Close() })
	return map[string]*inventory.Client{"gRPC": plain, "REST": rest}
}

func effective(t *testing.T, c *inventory.Client, scope string, projects ...string) []string {
	t.Helper()
	r := &assetpb.BatchGetEffectiveIamPoliciesRequest{Scope: scope}
	for _, p := range projects {
		r.Names = append(r.Names, prefix+"projects/"+p)
	}
	response, err := c.BatchGetEffectiveIamPolicies(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var attached []string
	for _, result := range response.GetPolicyResults() {
		var ancestors []string
		for _, p := range result.GetPolicies() {
			ancestors = append(ancestors, strings.TrimPrefix(p.GetAttachedResource(), prefix))
		}
		attached = append(attached, strings.Join(ancestors, " < "))
	}
	return attached
}

func TestEffectivePolicies_AreThoseUpToTheScope(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, c := range clients(t, e, portal) {
		for _, want := range []struct{ scope, project, line string }{
			{organization, "payments-prod", "projects/payments-prod < folders/100000000001 < " + organization},
			{organization, "200000000001", "projects/payments-prod < folders/100000000001 < " + organization},
			{organization, "data-lake", "folders/100000000001 < " + organization},
			{"folders/100000000001", "payments-prod", "projects/payments-prod < folders/100000000001"},
			{"projects/payments-prod", "payments-prod", "projects/payments-prod"},
			{"folders/100000000002", "payments-prod", ""},
			{organization, "nosuch", ""},
		} {
			if got := effective(t, c, want.scope, want.project); len(got) != 1 || got[0] != want.line {
				t.Errorf("%s: effective policies of %s in %s: %q, want %q", protocol, want.project, want.scope, got, want.line)
			}
		}
	}
}

func search(t *testing.T, c *inventory.Client, query string, types ...string) []string {
	t.Helper()
	var found []string
	results := c.SearchAllIamPolicies(context.Background(), &assetpb.SearchAllIamPoliciesRequest{Scope: organization, Query: query, AssetTypes: types, PageSize: 1})
	for {
		r, err := results.Next()
		if errors.Is(err, iterator.Done) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range r.GetPolicy().GetBindings() {
			found = append(found, strings.TrimPrefix(r.GetResource(), prefix)+" "+b.GetRole())
		}
	}
}

func TestSearchAllIamPolicies_FindsBindings(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, c := range clients(t, e, portal) {
		for _, want := range []struct {
			query string
			types []string
			found []string
		}{
			{"policy:erin@example.com", nil, []string{"projects/sandbox-erin roles/owner"}},
			{`policy:"group:data@example.com" policy:roles/bigquery.dataViewer`, nil, []string{"projects/data-warehouse roles/bigquery.dataViewer"}},
			{"policy:startsWith", nil, []string{"projects/payments-prod roles/storage.objectAdmin"}},
			{"memberTypes:deleted OR policy:getHours", nil, []string{"projects/card-vault roles/logging.viewer", "projects/payments-prod roles/storage.objectViewer"}},
			{"", []string{".*Folder"}, []string{"folders/100000000001 roles/monitoring.viewer"}},
			{`policy:"roles/bigquery.jobUser" AND memberTypes=user`, nil, []string{"projects/data-warehouse roles/bigquery.jobUser"}},
			{"policy:nobody", nil, nil},
		} {
			if got := search(t, c, want.query, want.types...); !slices.Equal(got, want.found) {
				t.Errorf("%s: policies with %s: %q, want %q", protocol, want.query, got, want.found)
			}
		}
	}
}

func TestSearchAllResources_FindsProjects(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, c := range clients(t, e, portal) {
		results := c.SearchAllResources(context.Background(), &assetpb.SearchAllResourcesRequest{
			Scope: "folders/100000000011", Query: "state:ACTIVE", AssetTypes: []string{"cloudresourcemanager.googleapis.com/Project"}, PageSize: 3,
		})
		var found []string
		for {
			r, err := results.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, r.GetAdditionalAttributes().GetFields()["projectId"].GetStringValue())
			if r.GetOrganization() != organization || r.GetFolders()[len(r.GetFolders())-1] != "folders/100000000001" || !strings.HasPrefix(r.GetProject(), "projects/2") {
				t.Errorf("%s: %v", protocol, r)
			}
		}
		if got := strings.Join(found, " "); got != "card-tokens card-vault payments-ledger payments-prod" {
			t.Errorf("%s: projects %s", protocol, got)
		}
		ledger, err := c.SearchAllResources(context.Background(), &assetpb.SearchAllResourcesRequest{
			Scope: organization, Query: `displayName:ledger name:"payments-ledger"`,
		}).Next()
		if err != nil || ledger.GetName() != prefix+"projects/payments-ledger" || ledger.GetLabels()["env"] != "prod" {
			t.Errorf("%s: the ledger is %v, %v", protocol, ledger, err)
		}
	}
}

func TestIndexLag_DelaysPoliciesThatAreSearched(t *testing.T) {
	t.Parallel()
	start := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	e := emulatortest.Start(t, emulator.Options{
		IndexLag: 20 * time.Second,
		Clock:    func() time.Time { return start.Add(time.Duration(passed.Load())) },
	})
	c := clients(t, e, portal)["gRPC"]
	if err := e.World().Edit("projects/data-lake", func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/storage.admin", Members: []string{"user:bob@example.com"}, Condition: &expr.Expr{Title: "t", Expression: "has({}.jitAccessConstraint)"}})
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		after time.Duration
		seen  bool
	}{{0, false}, {20*time.Second - 1, false}, {20 * time.Second, true}} {
		passed.Store(int64(want.after))
		found := len(search(t, c, "policy:jitAccessConstraint")) > 0
		listed := strings.HasPrefix(effective(t, c, organization, "data-lake")[0], "projects/data-lake")
		if found != want.seen || listed != want.seen {
			t.Errorf("after %v: found %t, effective %t, want %t", want.after, found, listed, want.seen)
		}
	}
}

func TestErrors_AreGooglesOwn(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for protocol, c := range clients(t, e, "bob@example.com") {
		_, err := c.BatchGetEffectiveIamPolicies(context.Background(), &assetpb.BatchGetEffectiveIamPoliciesRequest{Scope: organization, Names: []string{prefix + "projects/payments-prod"}})
		if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "cloudasset.assets.analyzeIamPolicy") {
			t.Errorf("%s: without permission: %v", protocol, err)
		}
	}
	names := make([]string, 21)
	for i := range names {
		names[i] = prefix + "projects/payments-prod"
	}
	for protocol, c := range clients(t, e, portal) {
		for _, names := range [][]string{nil, names, {"payments-prod"}} {
			_, err := c.BatchGetEffectiveIamPolicies(context.Background(), &assetpb.BatchGetEffectiveIamPoliciesRequest{Scope: organization, Names: names})
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s: %d names: %v, want InvalidArgument", protocol, len(names), err)
			}
		}
		for _, r := range []*assetpb.SearchAllIamPoliciesRequest{
			{Scope: organization, Query: "(("}, {Scope: organization, Query: "unheard:of"}, {Scope: organization, Query: "text"}, {Scope: organization, OrderBy: "project DESC"},
			{Scope: organization, AssetTypes: []string{"("}}, {Scope: organization, PageToken: "!"}, {Scope: "nothing/at/all"},
		} {
			if _, err := c.SearchAllIamPolicies(context.Background(), r).Next(); status.Code(err) != codes.InvalidArgument && httpStatusOf(err) != http.StatusNotImplemented {
				t.Errorf("%s: %v: %v, want InvalidArgument", protocol, r, err)
			}
		}
		_, err := c.SearchAllResources(context.Background(), &assetpb.SearchAllResourcesRequest{
			Scope: organization, ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"name"}},
		}).Next()
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: with a mask: %v, want InvalidArgument", protocol, err)
		}
	}
}

func httpStatusOf(err error) int {
	var refused *googleapi.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return 0
}

func TestQuotas_AreForEachMinuteAndProject(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{Quotas: true, Clock: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	service, err := cloudasset.NewService(context.Background(), tokens(e, portal), option.WithEndpoint(e.URL()+"/cloudasset.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for range 101 {
		if last != nil {
			t.Fatal(last)
		}
		_, last = service.EffectiveIamPolicies.BatchGet(organization).Names(prefix + "projects/payments-prod").Do()
	}
	want := "Quota exceeded for quota metric 'BatchGetEffectiveIamPolicies Requests' and limit 'BatchGetEffectiveIamPolicies Requests per minute' of service 'cloudasset.googleapis.com' for consumer 'project_number:200000000100'."
	if httpStatusOf(last) != http.StatusTooManyRequests || !strings.Contains(last.Error(), want) {
		t.Errorf("the 101st call in a minute: %v, want 429 with %s", last, want)
	}
}
