package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/catalog"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// inOrganization puts payments below a folder below the organization.
var inOrganization = map[string][]string{payments: {folder, org}}

func TestProjectAccess_StepsDependOnGroupsAlone(t *testing.T) {
	cases := []struct {
		name   string
		roles  int
		member string
		want   int
	}{
		{"one role of a user", 1, "user:" + alice, 1},
		{"fifty roles of a user", 50, "user:" + alice, 1},
		{"one role of a group", 1, "group:" + oncall, 2},
		{"fifty roles of fifty groups", 50, "group:%02d@example.com", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.groups[oncall] = []string{alice}
				for i := range c.roles {
					member := c.member
					if member == "group:%02d@example.com" {
						member = fmt.Sprintf(c.member, i)
						g.groups[fmt.Sprintf("%02d@example.com", i)] = []string{alice}
					}
					g.live["projects/"+payments] = append(g.live["projects/"+payments],
						eligibleFor(fmt.Sprintf("roles/test.role%02d", i), member))
				}
				g.indexLive(inOrganization)
				var access eligibility.ProjectAccess
				var err error
				got := steps(func() { access, err = g.catalog(org).ProjectAccess(t.Context(), alice, payments) })
				if err != nil {
					t.Fatal(err)
				}
				if len(access.Entitlements) != c.roles {
					t.Errorf("got %d entitlements, want %d", len(access.Entitlements), c.roles)
				}
				if got != c.want {
					t.Errorf("took %d steps, want %d: %q", got, c.want, g.journal)
				}
			})
		})
	}
}

func TestProjectAccess_BelievesTheLivePolicyOverTheIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.indexLive(inOrganization)
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(admin, "user:"+alice)}
		access, err := g.catalog(org).ProjectAccess(t.Context(), "Alice@Example.com", payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{admin}, roles(access.Entitlements)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

func TestProjectAccess_ShowsActivationsAndAncestors(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{
			activationOf(t, payments, admin, alice, time.Now()),
			activationOf(t, payments, admin, bob, time.Now()),
		}
		g.live[folder] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice}
		g.indexLive(inOrganization)
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if len(access.Activations) != 1 || access.Activations[0].User != alice {
			t.Errorf("got activations %v, want alice's alone", access.Activations)
		}
		if len(access.Entitlements) != 1 || access.Entitlements[0].Evidence.Resource != folder {
			t.Errorf("got entitlements %v, want the folder's", access.Entitlements)
		}
	})
}

func TestProjectAccess_NotYoursIsAlwaysTheSame(t *testing.T) {
	cases := map[string]struct {
		project string
		prepare func(*google)
	}{
		"nothing there is hers":         {payments, func(*google) {}},
		"unknown":                       {"no-such-project", func(*google) {}},
		"outside the scope":             {payments, func(g *google) { g.locations[payments] = catalog.Location{} }},
		"unreadable, and not hers":      {payments, func(g *google) { g.fail["live projects/"+payments] = denied() }},
		"unavailable, and not hers":     {payments, func(g *google) { g.fail["live projects/"+payments] = unavailable() }},
		"hers but for one group unread": {payments, func(g *google) { g.fail["group "+oncall] = errors.New("hidden") }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+bob, "group:"+oncall)}
				g.indexLive(inOrganization)
				c.prepare(g)
				access, err := g.catalog(org).ProjectAccess(t.Context(), alice, c.project)
				if err != upstream.ErrNotYours { // the very same error, without a cause to tell by
					t.Errorf("got error %v, want ErrNotYours itself", err)
				}
				if len(access.Entitlements)+len(access.Activations) > 0 {
					t.Errorf("got %v, want nothing", access)
				}
			})
		})
	}
}

func TestProjectAccess_AsksNothingForWhatIsNoProjectID(t *testing.T) {
	for _, project := range []string{"", "123456789", "Payments-Prod", "../folders/1", "payments-prod:setIamPolicy", "a b", "-x", "p?q"} {
		t.Run(project, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				g := newGoogle()
				_, err := g.catalog(org).ProjectAccess(t.Context(), alice, project)
				if !errors.Is(err, upstream.ErrNotYours) || len(g.journal) > 0 {
					t.Errorf("got %v after %q, want ErrNotYours after nothing", err, g.journal)
				}
			})
		})
	}
}

func TestProjectAccess_AnUnreadableProjectIsAnOutageToItsPeople(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice}
		g.indexLive(inOrganization)
		g.fail["live projects/"+payments] = denied()
		_, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		var outage *upstream.Outage
		if !errors.As(err, &outage) {
			t.Fatalf("got %v, want an outage", err)
		}
		want := upstream.Outage{
			Service: "Resource Manager", Permission: "resourcemanager.projects.getIamPolicy", Resource: "projects/" + payments,
		}
		if outage.Service != want.Service || outage.Permission != want.Permission || outage.Resource != want.Resource {
			t.Errorf("got %+v, want a denial with %+v", outage, want)
		}
		if refusal := new(googleapi.Error); !errors.As(err, &refusal) || refusal.Code != 403 {
			t.Errorf("got %v, want Google's own error inside", err)
		}
	})
}

func TestProjectAccess_WithoutTheIndexThereIsAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.indexLive(inOrganization)
		want := errors.New("no index")
		g.fail["location "+payments] = want
		if _, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	})
}

func TestProjectAccess_AScopeOfOneProjectNeedsNoIndex(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.live["projects/other"] = []eligibility.Binding{eligibleFor(viewer, "user:"+alice)}
		g.live[folder] = []eligibility.Binding{eligibleFor(admin, "user:"+alice)}
		g.indexLive(inOrganization)
		c := g.catalog("projects/" + payments)
		access, err := c.ProjectAccess(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{viewer}, roles(access.Entitlements)); diff != "" {
			t.Errorf("ancestors are outside the scope (-want +got):\n%s", diff)
		}
		if _, err := c.ProjectAccess(t.Context(), alice, "other"); !errors.Is(err, upstream.ErrNotYours) {
			t.Errorf("another project: got %v, want ErrNotYours", err)
		}
		if diff := cmp.Diff([]string{"live projects/" + payments}, g.journal); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestProjectAccess_TheOnlyProjectOfAScopeIsNoSecret(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := newGoogle().catalog("projects/" + payments) // which may not be read
		_, accessErr := c.ProjectAccess(t.Context(), alice, payments)
		_, confirmErr := confirm(t, c, alice, payments, []eligibility.Reference{selfApproval(viewer, eligibility.Evidence{})})
		for _, err := range []error{accessErr, confirmErr} {
			var outage *upstream.Outage
			if !errors.As(err, &outage) || outage.Permission == "" {
				t.Errorf("got %v, want a denial", err)
			}
		}
	})
}

func TestProjectAccess_NotYoursSaysWhatCouldNotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.indexLive(inOrganization)
		g.fail["group "+oncall] = denied()
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		doubtful := roles(access.Doubtful)
		access.Doubtful = nil
		want := eligibility.ProjectAccess{Project: payments, Unreadable: []string{oncall}}
		if diff := cmp.Diff([]string{viewer}, doubtful); diff != "" {
			t.Errorf("doubtful (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, access); diff != "" || !errors.Is(err, upstream.ErrNotYours) {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestProjectAccess_NamesGroupsThatCannotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{
			eligibleFor(viewer, "user:"+alice), eligibleFor(admin, "group:"+oncall, "group:"+sre),
		}
		g.indexLive(inOrganization)
		g.fail["group "+oncall] = denied()
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{oncall}, access.Unreadable); diff != "" {
			t.Errorf("unreadable (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{viewer}, roles(access.Entitlements)); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

func TestProjectAccess_SharesLocationsForAMinuteAndMembershipsNever(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.groups[oncall] = []string{alice, bob}
		g.indexLive(inOrganization)
		c := g.catalog(org)
		for _, person := range []string{alice, bob, alice} {
			if _, err := c.ProjectAccess(t.Context(), person, payments); err != nil {
				t.Fatal(err)
			}
		}
		if got := g.calls("location"); got != 1 {
			t.Errorf("asked for the location %d times, want once", got)
		}
		if live, groups := g.calls("live"), g.calls("group"); live != 3 || groups != 3 {
			t.Errorf("read live %d times and asked %d groups, want 3 and 3", live, groups)
		}
		<-time.After(time.Minute)
		if _, err := c.ProjectAccess(t.Context(), alice, payments); err != nil {
			t.Fatal(err)
		}
		if got := g.calls("location"); got != 2 {
			t.Errorf("a minute later the location was asked %d times, want 2", got)
		}
	})
}

func TestProjectAccess_ItsDeadlineIsTheCallers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.indexLive(inOrganization)
		for _, within := range []time.Duration{latency / 2, latency + latency/2} {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			_, err := g.catalog(org).ProjectAccess(ctx, alice, payments)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("within %v: got %v, want the deadline", within, err)
			}
		}
	})
}

// The form of a request refused somebody whose group did not answer, and the log did not say which.
func TestPeers_NotYoursSaysWhatCouldNotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.live["projects/"+payments] = []eligibility.Binding{eligibleFor(viewer, "group:"+oncall)}
		g.indexLive(inOrganization)
		g.fail["group "+oncall] = denied()
		wanted := eligibility.Reference{Role: viewer, Constraint: eligibility.MultiPartyApproval}
		peers, err := g.catalog(org).Peers(t.Context(), alice, payments, wanted)
		if diff := cmp.Diff(eligibility.Peers{Unreadable: []string{oncall}}, peers); diff != "" || err != upstream.ErrNotYours {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	})
}

// Those whom a request names know of its project: why it could not be read comes beside the answer
// for everybody else.
func TestProjectAccess_NotYoursSaysWhyTheProjectWasNotRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := newGoogle()
		g.indexLive(inOrganization)
		g.fail["live projects/"+payments] = denied()
		access, err := g.catalog(org).ProjectAccess(t.Context(), alice, payments)
		var outage *upstream.Outage
		if err != upstream.ErrNotYours || !errors.As(access.Unread, &outage) || outage.Permission == "" {
			t.Errorf("got %v and %v, want that the policy may not be read", err, access.Unread)
		}
	})
}
