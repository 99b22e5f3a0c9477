package binding_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

func TestPlan_WarnsWhereNobodyCouldApprove(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	multi := func() *conversation { return talk(t, c.Access(administrator)).Of(multiPartyType) }
	const text = "user:alice@example.com is the only one who is eligible"
	says(t, multi().Plan(valid()).Diagnostics, warning, at("members"), text)
	later := multi().Plan(but(config{"project": str("made-later")})).Diagnostics
	says(t, later[:1], warning, at("project"), "The policy of projects/made-later could not be read")
	says(t, later[1:], warning, at("members"), text)
	somebody := tftypes.Set{ElementType: tftypes.String}
	for name, enough := range map[string]config{
		"two users":              but(config{"members": set(alice, bob)}),
		"a group":                but(config{"members": set(oncall)}),
		"a member known later":   but(config{"members": tftypes.NewValue(somebody, []tftypes.Value{str(alice), unknown})}),
		"members known later":    but(config{"members": tftypes.NewValue(somebody, tftypes.UnknownValue)}),
		"a condition known then": but(config{"resource_condition": unknown}),
	} {
		silent(t, name, multi().Plan(enough).Diagnostics)
	}
	silent(t, "self-approval", talk(t, c.Access(administrator)).Plan(valid()).Diagnostics)
	c.Grant(payments, conditional("By hand", "", multiPartyMarker, bob))()
	silent(t, "a peer by another binding", multi().Plan(valid()).Diagnostics)
}

func TestPlan_WarnsWhereSelfApprovalAllowsMore(t *testing.T) {
	t.Parallel()
	const text = "A binding on %s asks for approval by a peer for roles/compute.osAdminLogin, but a self-approval binding on %s lets these members activate the role alone as well: user:alice@example.com. Remove one of the two"
	planned := but(config{"members": set(alice, bob)})
	for name, test := range map[string]struct {
		kind, place string
		there       *iampb.Binding
		said        string // "" for nothing
	}{
		"by a binding beside it":       {multiPartyType, payments, conditional("By hand", "", marker, alice, carol), fmt.Sprintf(text, payments, payments)},
		"by one above it":              {multiPartyType, production, conditional("By hand", "", marker, alice), fmt.Sprintf(text, payments, production)},
		"beside a binding":             {bindingType, payments, conditional("By hand", "", multiPartyMarker, alice), fmt.Sprintf(text, payments, payments)},
		"below a binding":              {bindingType, organization, conditional("By hand", "", multiPartyMarker, alice), fmt.Sprintf(text, organization, payments)},
		"somebody else":                {multiPartyType, payments, conditional("By hand", "", marker, carol), ""},
		"under another condition":      {multiPartyType, payments, conditional("By hand", "", marker+" && "+disks, alice), ""},
		"a deleted account":            {multiPartyType, payments, conditional("By hand", "", marker, "deleted:"+alice+"?uid=1"), ""},
		"self-approval by another too": {bindingType, folder, conditional("By hand", "", marker, alice), ""},
	} {
		c := newCloud(t)
		c.Grant(test.place, test.there)()
		walk := talk(t, c.Access(administrator)).Of(test.kind)
		found := walk.Plan(planned).Diagnostics
		if test.said == "" {
			silent(t, name, found)
			continue
		}
		says(t, found, warning, at("members"), test.said)
		silent(t, name+", said again", walk.Plan(planned).Diagnostics)
	}
}

func TestPlan_WarnsWhereOneOfTwoNewBindingsAllowsMore(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	planned := but(config{"members": set(alice, bob)})
	for _, kinds := range [][2]string{{bindingType, multiPartyType}, {multiPartyType, bindingType}} {
		walk := talk(t, c.Access(administrator))
		silent(t, "the first", walk.Of(kinds[0]).Plan(planned).Diagnostics)
		says(t, walk.Of(kinds[1]).Plan(planned).Diagnostics, warning, at("members"), "alone as well: user:alice@example.com, user:bob@example.com.")
	}
}

func TestPlan_OfAMovedBlockWarnsOfNothing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	planned := but(config{"members": set(alice, bob)})
	state := talk(t, c.Access(administrator)).Create(planned).NewState
	silent(t, "the move", talk(t, c.Access(administrator)).Of(multiPartyType).Replan(state, planned).Diagnostics)
}

func TestAccPlanWarnings_selfApprovalBesideApproval(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	two := strings.Replace(smallest, alice, alice+`", "`+bob, 1)
	c.plans(c.hcl(block(two), multiParty(two)), "Approval can be passed by: A binding on projects/payments-prod asks")
}

func TestPlan_WarnsWhereNobodyIsLeftToApprove(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	multi := talk(t, c.Access(administrator)).Of(multiPartyType)
	state := multi.Create(but(config{"members": set(alice, bob)})).NewState
	says(t, multi.Replan(state, valid()).Diagnostics, warning, at("members"), "Nobody could approve")
	silent(t, "the first half of a replacement", multi.Replan(state, but(config{"project": str("payments-ledger")})).Diagnostics)
}

func TestPlan_WarnsOfThePortalsProject(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	none := tftypes.NewValue(tftypes.String, nil)
	guarded := c.Access(administrator)
	guarded["portal_project"] = str("jit-access")
	later := maps.Clone(guarded)
	later["portal_project"] = unknown
	tests := map[string]struct {
		place      config
		path, text string
	}{
		"its own":         {config{"project": str("jit-access")}, at("project"), "The portal runs in jit-access"},
		"a folder":        {config{"project": none, "folder": str("100000000011")}, at("folder"), "lies below folders/100000000011"},
		"an organization": {config{"project": none, "organization": str("433637338589")}, at("organization"), "lies below organizations/433637338589"},
		"another":         {},
	}
	for name, test := range tests {
		found := talk(t, guarded).Plan(but(test.place)).Diagnostics
		if test.text == "" {
			silent(t, name, found)
		} else {
			says(t, found, warning, test.path, test.text)
		}
		silent(t, name+", portal unknown", talk(t, later).Plan(but(test.place)).Diagnostics)
		silent(t, name+", no portal", talk(t, c.Access(administrator)).Plan(but(test.place)).Diagnostics)
	}
}

func TestProvider_RefusesAPortalProjectThatIsNone(t *testing.T) {
	t.Parallel()
	s := providertest.Server(t, newProvider())
	resp, err := s.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: value(t, schemas(t, s).Provider, config{"portal_project": str("projects/jit-access")}),
	})
	if err != nil {
		t.Fatal(err)
	}
	says(t, resp.Diagnostics, failure, at("portal_project"), `Write the bare id: "jit-access"`)
}

func TestPlanAndRead_WarnOfMembersThatHoldTheRoleAlready(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
	c.Grant(payments, &iampb.Binding{Role: role, Members: []string{alice, carol}})()
	c.Journal().Reset()
	walk := talk(t, c.Access(administrator))
	const text = "grants roles/compute.osAdminLogin without a condition, all the time, to: "
	says(t, walk.Read(state).Diagnostics, warning, at("members"), text+"user:alice@example.com.")
	says(t, walk.Replan(state, but(config{"members": set(alice, bob, carol)})).Diagnostics, warning, at("members"), text+"user:alice@example.com, user:carol@example.com.")
	silent(t, "a group that does not hold it", walk.Plan(but(config{"members": set(oncall)})).Diagnostics)
	if n := c.asked("GetIamPolicy")[payments]; n != 1 {
		t.Errorf("the policy was read %d times, want once", n)
	}
}

func TestPlan_SaysEachNearMissOfTheRoleOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Grant(payments, conditional("Oops", "", "!"+marker, carol))()
	const text = "may grant the role right now"
	walk := talk(t, c.Access(administrator))
	says(t, walk.Read(state).Diagnostics, warning, at("role"), text)
	silent(t, "the same resource, planned", walk.Replan(state, but(config{"members": set(alice, bob)})).Diagnostics)
	silent(t, "another resource of the role", walk.Of(multiPartyType).Plan(but(config{"members": set(oncall)})).Diagnostics)
	silent(t, "another role", walk.Plan(but(config{"role": str("roles/container.viewer")})).Diagnostics)
	says(t, talk(t, c.Access(administrator)).Plan(but(config{"members": set(carol, bob)})).Diagnostics, warning, at("members"), text)
}

func TestAccWarnings_stopNobody(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{
				PreConfig:        c.Grant(payments, &iampb.Binding{Role: role, Members: []string{alice}}),
				Config:           c.hcl(multiParty(smallest)),
				ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionCreate),
				Check: c.holds(payments, &iampb.Binding{Role: role, Members: []string{alice}},
					conditional(defaultTitle, "", multiPartyMarker, alice)),
			},
			{Config: c.hcl(multiParty(smallest)), PlanOnly: true},
			{
				Config:      c.hcl(multiParty(strings.Replace(smallest, "alice", "nobody", 1))),
				ExpectError: regexp.MustCompile("Google knows no user"),
			},
		},
	})
}
