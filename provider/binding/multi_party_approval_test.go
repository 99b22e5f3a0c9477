package binding_test

import (
	"regexp"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const (
	multiPartyType    = "jitaccess_multi_party_approval_binding"
	multiPartyAddress = multiPartyType + ".test"
	multiPartyMarker  = "has({}.multiPartyApprovalConstraint)"
)

// pair is enough people to approve one another's requests.
const pair = `
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:alice@example.com", "user:bob@example.com"]
`

// multiParty is a multi-party binding under test.
func multiParty(body string) string { return typed(multiPartyType, "test", body) }

func multiPartyAction(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(multiPartyAddress, a)}}
}

func TestAccMultiPartyApprovalBinding_lifeCycle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	before := c.Policy(payments)
	group := strings.Replace(pair, `"user:alice@example.com", "user:bob@example.com"`, `"group:oncall@example.com"`, 1)
	both := c.holds(payments, conditional(defaultTitle, "", multiPartyMarker, alice, bob))
	imports := func(condition string) resource.TestStep {
		return resource.TestStep{
			ResourceName: multiPartyAddress, ImportState: true, ImportStateId: strings.TrimSpace("projects/payments-prod roles/compute.osAdminLogin " + condition),
			ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "role", ImportStateVerifyIgnore: []string{"resource_condition"},
		}
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.unchanged(payments, before),
		Steps: []resource.TestStep{
			{
				Config: c.hcl(multiParty(pair)), Check: both,
				ConfigStateChecks: []statecheck.StateCheck{exactly(multiPartyAddress, "condition", multiPartyMarker)},
			},
			imports(""),
			{ // somebody removed one
				PreConfig: c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, "", multiPartyMarker, bob))
				}),
				Config: c.hcl(multiParty(pair)), ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionUpdate), Check: both,
			},
			{ // and all
				PreConfig: c.Edit(payments, removeRole),
				Config:    c.hcl(multiParty(pair)), ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionCreate), Check: both,
			},
			{
				Config: c.hcl(multiParty(group + `title = "With a peer"`)), ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionUpdate),
				Check: c.holds(payments, conditional("With a peer", "", multiPartyMarker, oncall)),
			},
			{
				Config:           c.hcl(multiParty(group + `resource_condition = "resource.type=='compute.googleapis.com/Disk'"`)),
				ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionDestroyBeforeCreate),
				Check:            c.holds(payments, conditional(defaultTitle, "", multiPartyMarker+" && "+disks, oncall)),
			},
			imports(disks),
		},
	})
}

func TestAccMultiPartyApprovalBinding_standsBesideSelfApproval(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{
				Config: c.hcl(block(smallest), multiParty(pair)),
				Check:  c.holds(payments, conditional(defaultTitle, "", marker, alice), conditional(defaultTitle, "", multiPartyMarker, alice, bob)),
			},
			{
				ResourceName: multiPartyAddress, ImportState: true, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin " + disks,
				ExpectError: regexp.MustCompile(`(?s)needs\s+multi-party-approval.*For this role there is:\s+projects/payments-prod roles/compute.osAdminLogin`),
			},
			{
				Config: c.hcl(multiParty(pair)),
				Check:  c.holds(payments, conditional(defaultTitle, "", multiPartyMarker, alice, bob)),
			},
		},
	})
}

func TestAccMultiPartyApprovalBinding_refusesMembersUnderAnotherTitle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{{
			PreConfig: c.Grant(payments, conditional("By hand", "", multiPartyMarker, bob)),
			Config:    c.hcl(multiParty(pair)), PlanOnly: true,
			ExpectError: regexp.MustCompile(`terraform import jitaccess_multi_party_approval_binding.NAME\s+'projects/payments-prod\s+roles/compute.osAdminLogin'`),
		}},
	})
}

func TestKinds_HaveTheSameAttributes(t *testing.T) {
	t.Parallel()
	all := schemas(t, providertest.Server(t, newProvider())).ResourceSchemas
	if self, multi := all[bindingType], all[multiPartyType]; multi == nil || !self.ValueType().Equal(multi.ValueType()) {
		t.Errorf("the kinds have different attributes: %v and %v", self, multi)
	}
}
