package binding_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// unconditional is a binding of the test's role without a condition.
func unconditional(members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members}
}

// letAdminister lets somebody see and change the policy of the project, and nothing above it.
func (c *cloud) letAdminister(email string) {
	c.t.Helper()
	c.Grant(payments, &iampb.Binding{Role: "roles/resourcemanager.projectIamAdmin", Members: []string{"user:" + email}})()
}

const stranger = "zoe@partner.example"

func TestPlan_WarnsOfMembersThatHoldTheRoleAbove(t *testing.T) {
	t.Parallel()
	const text = " grants roles/compute.osAdminLogin without a condition, all the time, to: user:alice@example.com."
	for _, place := range []string{folder, production, organization} {
		c := newCloud(t)
		c.Grant(place, unconditional(alice, bob))()
		walk := talk(t, c.Access(administrator))
		says(t, walk.Plan(valid()).Diagnostics, warning, at("members"), "The policy of "+place+text)
		silent(t, "said again", walk.Plan(valid()).Diagnostics)
		silent(t, "somebody else", walk.Plan(but(config{"members": set(carol)})).Diagnostics)
	}
}

func TestPlan_OfAFolderLooksAboveItOnly(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, unconditional(alice))()
	c.Grant(organization, unconditional(bob))()
	given := but(config{"project": tftypes.NewValue(tftypes.String, nil), "folder": str("100000000011"), "members": set(alice, bob)})
	says(t, talk(t, c.Access(administrator)).Plan(given).Diagnostics, warning, at("members"), "The policy of "+organization)
	if diff := cmp.Diff(once(folder, production, organization), c.asked("GetIamPolicy")); diff != "" {
		t.Errorf("policies read (-want +got):\n%s", diff)
	}
}

func TestPlan_PeersAboveCanApprove(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		place string
		above *iampb.Binding
		alone bool
	}{
		"a peer in the folder":          {folder, conditional("By hand", "", multiPartyMarker, bob), false},
		"a group in the organization":   {organization, conditional("By hand", "", multiPartyMarker, oncall), false},
		"the same person":               {folder, conditional("By hand", "", multiPartyMarker, alice), true},
		"by self-approval":              {folder, conditional("By hand", "", marker, bob), true},
		"on another resource":           {folder, conditional("By hand", "", multiPartyMarker+" && "+disks, bob), true},
		"who holds it all the time":     {folder, unconditional(bob), true},
		"of a folder that is not above": {"folders/100000000012", conditional("By hand", "", multiPartyMarker, bob), true},
	} {
		c := newCloud(t)
		c.Grant(test.place, test.above)()
		found := talk(t, c.Access(administrator)).Of(multiPartyType).Plan(valid()).Diagnostics
		if !test.alone {
			silent(t, name, found)
			continue
		}
		says(t, found, warning, at("members"), "user:alice@example.com is the only one who is eligible for roles/compute.osAdminLogin on projects/payments-prod with approval by a peer, there or above, and nobody")
		if detail := found[0].Detail; !strings.HasSuffix(detail, "Name a second person or a group.") {
			t.Errorf("%s: %q, want nothing about what was not looked at", name, detail)
		}
	}
}

func TestPlan_SaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	refuse := func(method, resource string) func(wire.Call) wire.Fault {
		return func(call wire.Call) wire.Fault {
			if call.Method == method && call.Resource == resource {
				return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}
			}
			return wire.Fault{}
		}
	}
	for _, test := range []struct {
		fault  func(wire.Call) wire.Fault
		unread string
	}{
		{refuse("GetProject", payments), "what stands above projects/payments-prod."},
		{refuse("GetFolder", production), "what stands above folders/100000000001."},
		{refuse("GetIamPolicy", production), "the policy of folders/100000000001."},
	} {
		c := newCloud(t)
		c.Inject(test.fault)
		found := talk(t, c.Access(administrator)).Of(multiPartyType).Plan(valid()).Diagnostics
		says(t, found, warning, at("members"), "Not looked at, because it could not be read: "+test.unread+" Peers may be eligible there")
	}
}

func TestPlan_LooksAtWhatItCanRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(organization, unconditional(alice))()
	c.Inject(func(call wire.Call) wire.Fault {
		if call.Method == "GetIamPolicy" && call.Resource == folder {
			return wire.Fault{Kind: wire.Refuse, Status: http.StatusNotFound}
		}
		return wire.Fault{}
	})
	says(t, talk(t, c.Access(administrator)).Plan(valid()).Diagnostics, warning, at("members"), "The policy of "+organization+" grants")
}

func TestPlan_OfWhoSeesNothingAbove(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.letAdminister(stranger)
	silent(t, "self-approval", talk(t, c.Access(stranger)).Plan(valid()).Diagnostics)
	c.Grant(payments, unconditional(bob))()
	says(t, talk(t, c.Access(stranger)).Plan(but(config{"members": set(alice, bob)})).Diagnostics, warning, at("members"),
		"what stands above folders/100000000011. Members may hold it there too.")
	says(t, talk(t, c.Access(stranger)).Of(multiPartyType).Plan(valid()).Diagnostics, warning, at("members"),
		"Not looked at, because it could not be read: the policy of folders/100000000011; what stands above folders/100000000011. Peers may")
}

func TestPlan_DoesNotRepeatWhatARefreshSaid(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.letAdminister(stranger)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Grant(payments, unconditional(alice))()
	walk := talk(t, c.Access(stranger))
	says(t, walk.Read(state).Diagnostics, warning, at("members"), "The policy of projects/payments-prod grants")
	silent(t, "the same with less in view", walk.Replan(state, but(config{"description": str("CASE-1")})).Diagnostics)
}

func TestPlan_WithoutChangesAsksForNothingElse(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Journal().Reset()
	walk := talk(t, c.Access(administrator))
	given := valid()
	given["title"], given["condition"] = str(defaultTitle), str(marker)
	silent(t, "nothing changes", walk.Replan(walk.Read(state).NewState, given).Diagnostics)
	if calls := c.Journal().Calls(); len(calls) != 1 || calls[0].Method != "GetIamPolicy" {
		t.Errorf("got %+v, want one read of the policy", calls)
	}
}

// A step that has to wait for another costs a round trip: the project beside its parent and the
// role, then each folder beside the policy of the one before, and the policy of the organization
// last.
func TestPlan_TakesFourStepsBelowTwoFolders(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.SetLatency(50 * time.Millisecond)
	silent(t, "the plan", talk(t, c.Access(administrator)).Plan(valid()).Diagnostics)
	if calls := c.Journal().Calls(); len(calls) != 8 || wire.Steps(calls) != 4 {
		t.Errorf("%d calls in %d steps, want 8 in 4", len(calls), wire.Steps(calls))
	}
}
