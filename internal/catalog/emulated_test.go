package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	asset "cloud.google.com/go/asset/apiv1"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	directoryapi "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/directory"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// The demo's organization. Alice is in oncall by way of sre and sre-emea.
const (
	portal       = "portal@jit-access.iam.gserviceaccount.com"
	organization = "organizations/433637338589"
	production   = "folders/100000000001"
	staging      = "folders/100000000002"
	zoe          = "zoe@partner.example"
	lag          = 20 * time.Second
)

// bearer puts a token on gRPC calls over a connection that is no network.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }

// emulated starts an emulated Google Cloud and returns it with a maker of catalogs, which reach it
// by the real clients as the portal.
func emulated(t *testing.T, o emulator.Options) (*emulator.Emulator, func(scope string) *catalog.Catalog) {
	t.Helper()
	memory := emulator.NewMemory()
	o.Listener = memory
	e := emulatortest.Start(t, o)
	transport := memory.Transport()
	token := e.Token(portal)
	client := &http.Client{Transport: &oauth2.Transport{
		Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}), Base: transport,
	}}
	managed, err := cloudresourcemanager.NewService(t.Context(), option.WithHTTPClient(client),
		option.WithEndpoint("http://emulated/cloudresourcemanager.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	directories, err := directoryapi.NewService(t.Context(), option.WithHTTPClient(client),
		option.WithEndpoint("http://emulated/admin.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("passthrough:///emulated",
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return memory.DialContext(ctx, "", address)
		}),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(bearer(token)))
	if err != nil {
		t.Fatal(err)
	}
	assets, err := asset.NewClient(t.Context(), option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = assets.Close() })
	index := catalog.NewInventory(assets)
	return e, func(scope string) *catalog.Catalog {
		return catalog.New(catalog.Config{
			Scope:       scope,
			Reader:      policy.NewReader(policy.NewUpstream(managed), policy.PortalRetry()),
			Excerpts:    policy.NewExcerpts(policy.NewExcerptUpstream(client, managed.BasePath), policy.PortalRetry()),
			Locator:     index,
			Finder:      index,
			Memberships: directory.New(directories, ""),
		})
	}
}

// grant adds eligible bindings as a foreign writer.
func grant(t *testing.T, e *emulator.Emulator, resource string, bindings ...eligibility.Binding) {
	t.Helper()
	err := e.World().Edit(resource, func(p *iampb.Policy) {
		p.Version = 3
		p.Bindings = append(p.Bindings, iamPolicy(bindings...).GetBindings()...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// takeBack removes all conditional bindings of a resource.
func takeBack(t *testing.T, e *emulator.Emulator, resource string) {
	t.Helper()
	err := e.World().Edit(resource, func(p *iampb.Policy) {
		var kept []*iampb.Binding
		for _, b := range p.GetBindings() {
			if b.GetCondition() == nil {
				kept = append(kept, b)
			}
		}
		p.Bindings = kept
	})
	if err != nil {
		t.Fatal(err)
	}
}

// emulatedSteps returns the steps that f took in the journal.
func emulatedSteps(e *emulator.Emulator, f func()) int {
	e.Journal().Reset()
	f()
	return wire.Steps(e.Journal().Calls())
}

func TestEmulated_StepsAreFlatInRolesAndNesting(t *testing.T) {
	for _, count := range []int{1, 50} {
		t.Run(fmt.Sprintf("%d roles", count), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e, over := emulated(t, emulator.Options{Latency: latency})
				var wanted []eligibility.Reference
				for i := range count {
					role := fmt.Sprintf("roles/test.role%02d", i)
					group := []string{oncall, "payments@example.com"}[i%2]
					grant(t, e, "projects/"+payments, eligibleFor(role, "group:"+group))
				}
				c := over(organization)
				var access eligibility.ProjectAccess
				var overview eligibility.Overview
				var confirmed confirmation
				var err error
				roleSteps := emulatedSteps(e, func() { access, err = c.ProjectAccess(t.Context(), alice, payments) })
				if err != nil || len(access.Entitlements) != count {
					t.Fatalf("got %d entitlements, %v; want %d", len(access.Entitlements), err, count)
				}
				for _, entitlement := range access.Entitlements[:min(count, 20)] {
					wanted = append(wanted, entitlement.Reference())
				}
				confirmSteps := emulatedSteps(e, func() { confirmed, err = confirm(t, over(organization), alice, payments, wanted) })
				if err != nil || len(confirmedRoles(confirmed)) != count {
					t.Fatalf("confirmed %q, %v; want %d roles", confirmedRoles(confirmed), err, count)
				}
				homeSteps := emulatedSteps(e, func() { overview, err = c.Overview(t.Context(), alice) })
				if err != nil || len(overview.Projects) != 1 {
					t.Fatalf("got %v, %v; want one project", projects(overview.Projects), err)
				}
				got := []int{roleSteps, homeSteps, confirmSteps}
				if diff := cmp.Diff([]int{2, 3, 1}, got); diff != "" {
					t.Errorf("steps of roles, home and confirmation (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestEmulated_WhatChangedASecondAgoCountsWhileTheIndexLags(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{IndexLag: lag})
		grant(t, e, "projects/"+payments, eligibleFor(viewer, "group:"+oncall))
		grant(t, e, "projects/data-staging", eligibleFor(viewer, "user:"+alice))
		<-time.After(2 * lag)
		takeBack(t, e, "projects/"+payments)
		grant(t, e, "projects/edge-network", eligibleFor(viewer, "group:"+oncall))
		<-time.After(time.Second)
		c := over(organization)
		if s, err := c.ProjectAccess(t.Context(), alice, "edge-network"); err != nil || len(s.Entitlements) != 1 {
			t.Errorf("granted a second ago: got %v, %v; want one role", s.Entitlements, err)
		}
		if s, err := c.ProjectAccess(t.Context(), alice, payments); !errors.Is(err, upstream.ErrNotYours) {
			t.Errorf("removed a second ago: got %v, %v; want ErrNotYours", s.Entitlements, err)
		}
		confirmed, err := confirm(t, c, alice, payments,
			[]eligibility.Reference{selfApproval(viewer, hintOf("projects/"+payments, oncall))})
		if got := confirmedRoles(confirmed); err != nil || len(got) > 0 {
			t.Errorf("removed a second ago: confirmed %v, %v", got, err)
		}
		home := func() []string {
			overview, err := c.Overview(t.Context(), alice)
			if err != nil {
				t.Fatal(err)
			}
			return projects(overview.Projects)
		}
		if diff := cmp.Diff([]string{"data-staging"}, home()); diff != "" {
			t.Errorf("home a second later (-want +got):\n%s", diff)
		}
		<-time.After(lag + time.Minute)
		if diff := cmp.Diff([]string{"data-staging", "edge-network"}, home()); diff != "" {
			t.Errorf("home when the index has it (-want +got):\n%s", diff)
		}
	})
}

func TestEmulated_TheFirstBindingOfAScopeCountsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{IndexLag: lag})
		<-time.After(2 * lag)
		grant(t, e, "projects/data-staging", eligibleFor(viewer, "user:"+alice))
		grant(t, e, "projects/"+payments, eligibleFor(viewer, "user:"+alice))
		c := over(staging) // the folder has no policy, nor had the project
		if s, err := c.ProjectAccess(t.Context(), alice, "data-staging"); err != nil || len(s.Entitlements) != 1 {
			t.Errorf("got %v, %v; want one role", s.Entitlements, err)
		}
		for _, project := range []string{payments, "no-such-project", "data"} {
			if s, err := c.ProjectAccess(t.Context(), alice, project); !errors.Is(err, upstream.ErrNotYours) {
				t.Errorf("%s: got %v, %v; want ErrNotYours", project, s, err)
			}
		}
	})
}

func TestEmulated_AFolderScopeEndsAtTheFolder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{Latency: latency})
		grant(t, e, organization, eligibleFor(admin, "user:"+alice))
		grant(t, e, production, eligibleFor(viewer, "user:"+alice))
		c := over(production)
		s, err := c.ProjectAccess(t.Context(), alice, "card-tokens")
		if diff := cmp.Diff([]string{viewer}, roles(s.Entitlements)); diff != "" || err != nil {
			t.Errorf("got %v; roles (-want +got):\n%s", err, diff)
		}
		overview, err := c.Overview(t.Context(), alice)
		want := []string{
			"card-tokens", "card-vault", "data-lake", "data-warehouse", "edge-network", "observability", "payments-ledger", payments,
		}
		if diff := cmp.Diff(want, projects(overview.Projects)); diff != "" || err != nil {
			t.Errorf("got %v; projects (-want +got):\n%s", err, diff)
		}
		reference := []eligibility.Reference{selfApproval(viewer, hintOf(production, ""))}
		var confirmed confirmation
		steps := emulatedSteps(e, func() { confirmed, err = confirm(t, c, alice, "card-tokens", reference) })
		if diff := cmp.Diff([]string{viewer}, confirmedOn("card-tokens", confirmed)); diff != "" || err != nil || steps != 1 {
			t.Errorf("got %v in %d steps; confirmed (-want +got):\n%s", err, steps, diff)
		}
	})
}

func confirmedOn(project string, c confirmation) []string {
	bindings := append(located("projects/"+project, policy.BindingsOf(c.Read)...), c.Ancestors...)
	return roles(eligibility.Entitlements("projects/"+project, bindings, c.Person, c.At))
}

func TestEmulated_MembershipsCountWhenTheDirectoryHasThem(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{MembershipLag: lag})
		grant(t, e, "projects/"+payments, eligibleFor(viewer, "group:"+oncall))
		if err := e.World().AddMember("sre-emea@example.com", "frank@example.com"); err != nil {
			t.Fatal(err)
		}
		c := over(organization)
		if _, err := c.ProjectAccess(t.Context(), "frank@example.com", payments); !errors.Is(err, upstream.ErrNotYours) {
			t.Errorf("before the directory has it: got %v, want ErrNotYours", err)
		}
		<-time.After(lag)
		if _, err := c.ProjectAccess(t.Context(), "frank@example.com", payments); err != nil {
			t.Errorf("when the directory has it: got %v", err)
		}
	})
}

func TestEmulated_AGroupThatIsGoneFailsNoPage(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{})
		const gone = "gone@example.com"
		grant(t, e, "projects/"+payments, eligibleFor(admin, "group:"+gone), eligibleFor(viewer, "group:"+oncall))
		s, err := over(organization).ProjectAccess(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{viewer}, roles(s.Entitlements)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{gone}, s.Unreadable); diff != "" {
			t.Errorf("unreadable (-want +got):\n%s", diff)
		}
	})
}

func TestEmulated_PeopleOfOtherDomains(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{Latency: latency})
		grant(t, e, "projects/data-warehouse", eligibleFor(viewer, "group:data@example.com"))
		var s eligibility.ProjectAccess
		var err error
		steps := emulatedSteps(e, func() { s, err = over(organization).ProjectAccess(t.Context(), zoe, "data-warehouse") })
		if diff := cmp.Diff([]string{viewer}, roles(s.Entitlements)); diff != "" || err != nil {
			t.Errorf("got %v; roles (-want +got):\n%s", err, diff)
		}
		if steps != 2 {
			t.Errorf("took %d steps, want 2", steps)
		}
	})
}

// crowdedOrganization is an organization of so many projects, each with an eligible binding of
// alice's.
func crowdedOrganization(t *testing.T, count int) []byte {
	t.Helper()
	type object map[string]any
	var all []object
	for i := range count {
		all = append(all, object{
			"id": fmt.Sprintf("project-%04d", i), "number": fmt.Sprintf("3%011d", i),
			"policy": object{"bindings": []object{{
				"role": viewer, "members": []string{"user:" + alice},
				"condition": object{"title": "Eligible for JIT access", "expression": eligibility.SelfApproval.Marker()},
			}}},
		})
	}
	home := object{"id": "jit-access", "number": "200000000100"}
	file, err := json.Marshal(object{
		"organization": object{
			"number": "433637338589", "customer": "C01example", "domains": []string{"example.com"},
			"policy": object{"bindings": []object{
				{"role": "roles/cloudasset.viewer", "members": []string{"serviceAccount:" + portal}},
				{"role": "roles/resourcemanager.projectIamAdmin", "members": []string{"serviceAccount:" + portal}},
			}},
			"projects": append(all, home),
		},
		"users":           []object{{"email": alice, "name": "Alice Archer"}},
		"serviceAccounts": []object{{"email": portal, "name": "JIT Access portal"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEmulated_ListsAreReadToTheirEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const count = 1200
		e, over := emulated(t, emulator.Options{World: crowdedOrganization(t, count), Latency: latency})
		var overview eligibility.Overview
		var err error
		steps := emulatedSteps(e, func() { overview, err = over(organization).Overview(t.Context(), alice) })
		if err != nil || len(overview.Projects) != count || len(overview.FromIndex) != count-50 {
			t.Errorf("got %d projects, %d from the index, %v; want %d and %d",
				len(overview.Projects), len(overview.FromIndex), err, count, count-50)
		}
		if steps != 4 { // three pages, then the live policies; no group is named
			t.Errorf("took %d steps, want 4", steps)
		}
	})
}

func TestEmulated_AServiceThatIsDownIsNamed(t *testing.T) {
	cases := []struct{ host, service string }{
		{"cloudasset.googleapis.com", "Cloud Asset Inventory"},
		{"cloudresourcemanager.googleapis.com", "Resource Manager"},
	}
	for _, c := range cases {
		t.Run(c.service, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e, over := emulated(t, emulator.Options{})
				grant(t, e, "projects/"+payments, eligibleFor(viewer, "user:"+alice))
				e.Inject(func(call wire.Call) wire.Fault {
					if call.Host == c.host {
						return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}
					}
					return wire.Fault{}
				})
				_, err := over(organization).ProjectAccess(t.Context(), alice, payments)
				var outage *upstream.Outage
				if !errors.As(err, &outage) || outage.Service != c.service || outage.Permission == "" {
					t.Errorf("got %v, want a denial by %s", err, c.service)
				}
			})
		})
	}
}

func TestEmulated_AServiceThatFailsOnceIsAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e, over := emulated(t, emulator.Options{FirstUnavailable: true})
		grant(t, e, "projects/"+payments, eligibleFor(viewer, "group:"+oncall))
		for _, person := range []string{alice, "carol@example.com"} {
			if s, err := over(organization).ProjectAccess(t.Context(), person, payments); err != nil || len(s.Entitlements) != 1 {
				t.Errorf("%s: got %v, %v; want one role", person, s.Entitlements, err)
			}
		}
	})
}

// With 62 groups named alice had the role that the partner's group gives; with ten more she had
// nothing, and the group that nobody can read was not named any more.
func TestEmulated_APartnersGroupGivesItsRoleHoweverManyGroupsAreNamed(t *testing.T) {
	for _, count := range []int{62, 72} {
		t.Run(fmt.Sprintf("%d groups", count), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e, over := emulated(t, emulator.Options{Latency: latency})
				e.World().AddGroup("team@partner.example")
				if err := e.World().AddMember("team@partner.example", alice); err != nil {
					t.Fatal(err)
				}
				named := []string{"group:team@partner.example", "group:gone@partner.example"}
				e.World().AddGroup("gone@partner.example")
				for i := range count - len(named) {
					group := fmt.Sprintf("%03d@example.com", i)
					e.World().AddGroup(group)
					named = append(named, "group:"+group)
				}
				for i, group := range named {
					grant(t, e, "projects/"+payments, eligibleFor(fmt.Sprintf("roles/test.role%02d", i), group))
				}
				e.World().RemoveGroup("gone@partner.example")
				access, err := over(organization).ProjectAccess(t.Context(), alice, payments)
				if diff := cmp.Diff([]string{"roles/test.role00"}, roles(access.Entitlements)); err != nil || diff != "" {
					t.Errorf("%v; roles (-want +got):\n%s", err, diff)
				}
				if diff := cmp.Diff([]string{"gone@partner.example"}, access.Unreadable); diff != "" {
					t.Errorf("unreadable (-want +got):\n%s", diff)
				}
			})
		})
	}
}
