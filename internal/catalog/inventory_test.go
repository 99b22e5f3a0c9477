package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	asset "cloud.google.com/go/asset/apiv1"
	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// fakeAssets answers as Cloud Asset Inventory does, under its real client.
type fakeAssets struct {
	assetpb.UnimplementedAssetServiceServer
	effective func(context.Context, *assetpb.BatchGetEffectiveIamPoliciesRequest) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error)
	policies  func(context.Context, *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error)
	resources func(context.Context, *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error)
}

func (a *fakeAssets) BatchGetEffectiveIamPolicies(
	ctx context.Context, r *assetpb.BatchGetEffectiveIamPoliciesRequest,
) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
	return a.effective(ctx, r)
}

func (a *fakeAssets) SearchAllIamPolicies(
	ctx context.Context, r *assetpb.SearchAllIamPoliciesRequest,
) (*assetpb.SearchAllIamPoliciesResponse, error) {
	return a.policies(ctx, r)
}

func (a *fakeAssets) SearchAllResources(
	ctx context.Context, r *assetpb.SearchAllResourcesRequest,
) (*assetpb.SearchAllResourcesResponse, error) {
	return a.resources(ctx, r)
}

func inventoryOf(t *testing.T, a *fakeAssets) *catalog.Inventory {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	assetpb.RegisterAssetServiceServer(server, a)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///assets",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	client, err := asset.NewClient(t.Context(), option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return catalog.NewInventory(client)
}

func fullName(resource string) string { return "//cloudresourcemanager.googleapis.com/" + resource }

func iamPolicy(bindings ...eligibility.Binding) *iampb.Policy {
	p := &iampb.Policy{Version: 3}
	for _, b := range bindings {
		binding := &iampb.Binding{Role: b.Role, Members: b.Members}
		if c := b.Condition; c != nil {
			binding.Condition = &expr.Expr{Title: c.Title, Description: c.Description, Expression: c.Expression}
		}
		p.Bindings = append(p.Bindings, binding)
	}
	return p
}

type policyInfo = assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy_PolicyInfo

func TestInventory_LocatesAProject(t *testing.T) {
	t.Parallel()
	described := eligibleFor(viewer, "user:"+alice)
	described.Condition.Description = "for night shifts"
	plain := eligibility.Binding{Role: viewer, Members: []string{"group:" + sre}}
	inventory := inventoryOf(t, &fakeAssets{effective: func(
		_ context.Context, r *assetpb.BatchGetEffectiveIamPoliciesRequest,
	) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
		if r.GetScope() != org || len(r.GetNames()) != 1 || r.GetNames()[0] != fullName("projects/"+payments) {
			return nil, status.Errorf(codes.Internal, "unexpected request %v", r)
		}
		return &assetpb.BatchGetEffectiveIamPoliciesResponse{
			PolicyResults: []*assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy{{
				FullResourceName: r.GetNames()[0],
				Policies: []*policyInfo{
					{AttachedResource: fullName("projects/" + payments), Policy: iamPolicy(plain)},
					{AttachedResource: fullName(folder), Policy: iamPolicy(described)},
				},
			}},
		}, nil
	}})
	got, err := inventory.Locate(t.Context(), org, payments)
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.Location{Inside: true, Policies: located(folder, described)} // what is not relevant is not kept
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("location (-want +got):\n%s", diff)
	}
}

func TestInventory_WhatItDoesNotKnowIsOutside(t *testing.T) {
	t.Parallel()
	none := &assetpb.BatchGetEffectiveIamPoliciesResponse{}
	nothing := &assetpb.BatchGetEffectiveIamPoliciesResponse{
		PolicyResults: []*assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy{{}},
	}
	cases := map[string]struct {
		response *assetpb.BatchGetEffectiveIamPoliciesResponse
		err      error
	}{
		"no result":        {none, nil},
		"no policies":      {nothing, nil},
		"not found":        {nil, status.Error(codes.NotFound, "not found")},
		"invalid argument": {nil, status.Error(codes.InvalidArgument, "invalid")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inventory := inventoryOf(t, &fakeAssets{effective: func(
				context.Context, *assetpb.BatchGetEffectiveIamPoliciesRequest,
			) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
				return c.response, c.err
			}, resources: func(
				context.Context, *assetpb.SearchAllResourcesRequest,
			) (*assetpb.SearchAllResourcesResponse, error) {
				return &assetpb.SearchAllResourcesResponse{Results: []*assetpb.ResourceSearchResult{
					{Name: fullName("projects/" + payments + "-2")}, // holds the same words
				}}, nil
			}})
			got, err := inventory.Locate(t.Context(), org, payments)
			if err != nil || got.Inside || len(got.Policies) > 0 {
				t.Errorf("got %+v, %v; want a project outside", got, err)
			}
		})
	}
}

// The quota project of the portal that is being deleted made everybody a stranger to every project.
func TestInventory_AFailedPreconditionIsAnOutage(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"no", "Project 7 is not active.", "Operation denied by constraints/gcp.restrictServiceUsage."} {
		inventory := inventoryOf(t, &fakeAssets{effective: func(
			context.Context, *assetpb.BatchGetEffectiveIamPoliciesRequest,
		) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
			return nil, status.Error(codes.FailedPrecondition, message)
		}})
		var outage *upstream.Outage
		if got, err := inventory.Locate(t.Context(), org, payments); !errors.As(err, &outage) {
			t.Errorf("%s: got %+v, %v; want an outage", message, got, err)
		}
	}
}

func TestInventory_AProjectBelowNoPolicyIsLookedFor(t *testing.T) {
	t.Parallel()
	inventory := inventoryOf(t, &fakeAssets{effective: func(
		context.Context, *assetpb.BatchGetEffectiveIamPoliciesRequest,
	) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
		return &assetpb.BatchGetEffectiveIamPoliciesResponse{}, nil
	}, resources: func(
		_ context.Context, r *assetpb.SearchAllResourcesRequest,
	) (*assetpb.SearchAllResourcesResponse, error) {
		if r.GetScope() != folder || r.GetQuery() != `name:"payments-prod" state:ACTIVE` {
			return nil, status.Errorf(codes.Internal, "unexpected request %v", r)
		}
		return &assetpb.SearchAllResourcesResponse{Results: []*assetpb.ResourceSearchResult{
			{Name: fullName("projects/" + payments), State: "ACTIVE"},
		}}, nil
	}})
	got, err := inventory.Locate(t.Context(), folder, payments)
	if diff := cmp.Diff(catalog.Location{Inside: true}, got); diff != "" || err != nil {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
}

func TestInventory_AListWithoutEndIsAnError(t *testing.T) {
	t.Parallel()
	inventory := inventoryOf(t, &fakeAssets{policies: func(
		context.Context, *assetpb.SearchAllIamPoliciesRequest,
	) (*assetpb.SearchAllIamPoliciesResponse, error) {
		return &assetpb.SearchAllIamPoliciesResponse{
			Results: []*assetpb.IamPolicySearchResult{{}}, NextPageToken: "again",
		}, nil
	}})
	if found, err := inventory.Search(t.Context(), org); err == nil {
		t.Errorf("got %v, want an error", found)
	}
}

// listed are pages of search results; one of them is empty, as the API allows.
var listed = []int{3, 0, 2}

func TestInventory_SearchesToTheLastPage(t *testing.T) {
	t.Parallel()
	now := time.Now()
	inventory := inventoryOf(t, &fakeAssets{policies: func(
		_ context.Context, r *assetpb.SearchAllIamPoliciesRequest,
	) (*assetpb.SearchAllIamPoliciesResponse, error) {
		types := []string{
			"cloudresourcemanager.googleapis.com/Project",
			"cloudresourcemanager.googleapis.com/Folder",
			"cloudresourcemanager.googleapis.com/Organization",
		}
		if r.GetScope() != org || r.GetQuery() != "memberTypes:user OR memberTypes:group" ||
			r.GetPageSize() != 500 || !slices.Equal(r.GetAssetTypes(), types) {
			return nil, status.Errorf(codes.Internal, "unexpected request %v", r)
		}
		number, _ := strconv.Atoi(r.GetPageToken())
		response := &assetpb.SearchAllIamPoliciesResponse{}
		for i := range listed[number] {
			project := fmt.Sprintf("project-%d-%d", number, i)
			response.Results = append(response.Results, &assetpb.IamPolicySearchResult{
				Resource: fullName("projects/" + project),
				Policy: iamPolicy(
					eligibleFor(viewer, "user:"+alice),
					activationOf(t, project, admin, bob, now),
					eligibility.Binding{Role: viewer, Members: []string{"user:" + alice}},
					eligibility.Binding{Role: admin, Members: []string{"user:" + alice}, Condition: &eligibility.Condition{
						Title: "Nights", Expression: `request.time.getHours() < 6`,
					}}),
			})
		}
		if number+1 < len(listed) {
			response.NextPageToken = strconv.Itoa(number + 1)
		}
		return response, nil
	}})
	got, err := inventory.Search(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	var want []eligibility.BindingAt
	for _, project := range []string{"project-0-0", "project-0-1", "project-0-2", "project-2-0", "project-2-1"} {
		want = append(want, located("projects/"+project,
			eligibleFor(viewer, "user:"+alice), activationOf(t, project, admin, bob, now))...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestInventory_ListsActiveProjectsWithTheirAncestors(t *testing.T) {
	t.Parallel()
	attributes, err := structpb.NewStruct(map[string]any{"projectId": "by-number"})
	if err != nil {
		t.Fatal(err)
	}
	results := []*assetpb.ResourceSearchResult{
		{
			Name: fullName("projects/" + payments), Project: "projects/7", State: "ACTIVE",
			Folders: []string{folder, "folders/43"}, Organization: org,
		},
		{Name: fullName("projects/8"), Project: "projects/8", State: "ACTIVE", AdditionalAttributes: attributes},
		{Name: fullName("projects/nameless")},
		{Name: fullName("projects/9"), Project: "projects/9", State: "ACTIVE"},
		{Name: fullName("projects/leaving"), State: "DELETE_REQUESTED"},
	}
	inventory := inventoryOf(t, &fakeAssets{resources: func(
		_ context.Context, r *assetpb.SearchAllResourcesRequest,
	) (*assetpb.SearchAllResourcesResponse, error) {
		if r.GetScope() != org || r.GetQuery() != "state:ACTIVE" || r.GetPageSize() != 500 ||
			!slices.Equal(r.GetAssetTypes(), []string{"cloudresourcemanager.googleapis.com/Project"}) {
			return nil, status.Errorf(codes.Internal, "unexpected request %v", r)
		}
		number, _ := strconv.Atoi(r.GetPageToken())
		response := &assetpb.SearchAllResourcesResponse{Results: results[number : number+1]}
		if number+1 < len(results) {
			response.NextPageToken = strconv.Itoa(number + 1)
		}
		return response, nil
	}})
	got, err := inventory.Projects(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	want := []catalog.ListedProject{
		{Project: payments, Number: "7", Ancestors: []string{folder, "folders/43", org}},
		{Project: "by-number", Number: "8"},
		{Project: "nameless"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
}

func TestInventory_AnOutageNamesThePermissionOnTheScope(t *testing.T) {
	t.Parallel()
	inventory := inventoryOf(t, &fakeAssets{
		effective: func(context.Context, *assetpb.BatchGetEffectiveIamPoliciesRequest) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
			return nil, status.Error(codes.PermissionDenied, "denied")
		},
		policies: func(context.Context, *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error) {
			return nil, status.Error(codes.PermissionDenied, "denied")
		},
		resources: func(_ context.Context, r *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error) {
			if r.GetPageToken() == "" { // the second page fails
				return &assetpb.SearchAllResourcesResponse{
					Results: []*assetpb.ResourceSearchResult{{Name: fullName("projects/" + payments)}}, NextPageToken: "next",
				}, nil
			}
			return nil, status.Error(codes.ResourceExhausted, "quota")
		},
	})
	cases := []struct {
		call       string
		permission string // that is missing
		ask        func() error
	}{
		{"effective policies", "cloudasset.assets.analyzeIamPolicy", func() error { _, err := inventory.Locate(t.Context(), org, payments); return err }},
		{"policies", "cloudasset.assets.searchAllIamPolicies", func() error { _, err := inventory.Search(t.Context(), org); return err }},
		{"a quota", "", func() error { _, err := inventory.Projects(t.Context(), org); return err }},
	}
	for _, c := range cases {
		var outage *upstream.Outage
		if err := c.ask(); !errors.As(err, &outage) {
			t.Errorf("%s: got %v, want an outage", c.call, err)
			continue
		}
		if want := "asking Cloud Asset Inventory about " + org + ": "; !strings.HasPrefix(outage.Err.Error(), want) {
			t.Errorf("%s: got cause %q, want it to begin with %q", c.call, outage.Err, want)
		}
		if outage.Service != "Cloud Asset Inventory" || outage.Permission != c.permission || outage.Resource != org {
			t.Errorf("%s: got %+v, want %q on %s", c.call, outage, c.permission, org)
		}
	}
}

func TestInventory_ACallHasFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		inventory := inventoryOf(t, &fakeAssets{policies: func(
			ctx context.Context, _ *assetpb.SearchAllIamPoliciesRequest,
		) (*assetpb.SearchAllIamPoliciesResponse, error) {
			calls.Add(1)
			select {
			case <-time.After(4 * time.Second): // each page takes its time
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			switch calls.Load() {
			case 1:
				return &assetpb.SearchAllIamPoliciesResponse{
					Results: []*assetpb.IamPolicySearchResult{{}}, NextPageToken: "next",
				}, nil
			default:
				return nil, status.Error(codes.Unavailable, "again") // the client asks again by itself
			}
		}})
		start := time.Now()
		_, err := inventory.Search(t.Context(), org)
		var outage *upstream.Outage
		if took := time.Since(start); !errors.As(err, &outage) || took != 9*time.Second {
			t.Errorf("got %v after %v; want an outage after a page of 4 s and 5 s of the next", err, took)
		}
	})
}
