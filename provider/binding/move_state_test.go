package binding_test

import (
	"fmt"
	"regexp"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// movedTo is a moved block for the resource under test.
func movedTo(from, to string) string {
	return fmt.Sprintf("moved {\n  from = %s.test\n  to   = %s.test\n}\n", from, to)
}

// acrossTypes skips where a moved block cannot name two types.
var acrossTypes = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)}

// hasWritten checks how often the policy was written since the journal was reset.
func (c *cloud) hasWritten(times int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if n := c.calls("SetIamPolicy"); n != times {
			return fmt.Errorf("the policy was written %d times, want %d", n, times)
		}
		return nil
	}
}

func TestAccMoved_changesTheConstraintInOneWriteThereAndBack(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	others := []*iampb.Binding{
		conditional(defaultTitle, "", marker, carol, "serviceAccount:deployer@payments-prod.iam.gserviceaccount.com"),
		conditional(defaultTitle, "", multiPartyMarker, carol, "deleted:"+alice+"?uid=1"),
		conditional(defaultTitle, "", marker+" && "+disks, alice),
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		TerraformVersionChecks:   acrossTypes,
		CheckDestroy:             c.holds(payments, others...),
		Steps: []resource.TestStep{
			{PreConfig: c.Grant(payments, others...), Config: c.hcl(block(pair))},
			{
				PreConfig:        c.Journal().Reset,
				Config:           c.hcl(multiParty(pair), movedTo(bindingType, multiPartyType)),
				ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionUpdate),
				Check: resource.ComposeTestCheckFunc(c.hasWritten(1), c.holds(payments,
					conditional(defaultTitle, "", marker, carol, "serviceAccount:deployer@payments-prod.iam.gserviceaccount.com"),
					conditional(defaultTitle, "", multiPartyMarker, carol, "deleted:"+alice+"?uid=1", alice, bob),
					conditional(defaultTitle, "", marker+" && "+disks, alice),
				)),
			},
			{Config: c.hcl(multiParty(pair), movedTo(bindingType, multiPartyType)), PlanOnly: true},
			{
				PreConfig: c.Journal().Reset,
				Config:    c.hcl(block(pair+`title = "Back"`), movedTo(multiPartyType, bindingType)), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check: resource.ComposeTestCheckFunc(c.hasWritten(1), c.holds(payments, append(others, conditional("Back", "", marker, alice, bob))...)),
			},
		},
	})
}

func TestAccMoved_toAnotherProjectIsAReplacement(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	before := c.Policy(payments)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		TerraformVersionChecks:   acrossTypes,
		Steps: []resource.TestStep{
			{Config: c.hcl(block(smallest))},
			{
				Config: c.hcl(typed(multiPartyType, "test", `
  project = "payments-ledger"
  role    = "roles/compute.osAdminLogin"
  members = ["user:alice@example.com", "user:bob@example.com"]
`), movedTo(bindingType, multiPartyType)),
				ConfigPlanChecks: multiPartyAction(plancheck.ResourceActionDestroyBeforeCreate),
				Check: resource.ComposeTestCheckFunc(
					c.unchanged(payments, before),
					c.holds("projects/payments-ledger", conditional(defaultTitle, "", multiPartyMarker, alice, bob))),
			},
		},
	})
}

func TestAccMoved_refusesMembersThatStandThereUnderAnotherTitle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	there := conditional("By hand", "", multiPartyMarker, bob)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		TerraformVersionChecks:   acrossTypes,
		Steps: []resource.TestStep{
			{Config: c.hcl(block(pair))},
			{
				PreConfig: c.Grant(payments, there),
				Config:    c.hcl(multiParty(pair), movedTo(bindingType, multiPartyType)), PlanOnly: true,
				ExpectError: regexp.MustCompile("Members eligible elsewhere already"),
			},
			{ // the plan was refused, so nothing was moved, and the old type goes on
				Config: c.hcl(block(pair)),
				Check:  c.holds(payments, conditional(defaultTitle, "", marker, alice, bob), there),
			},
		},
	})
}

func TestDelete_BetweenAMoveAndTheApplyTakesTheOldPlaces(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	self := talk(t, c.Access(administrator))
	state := self.Create(but(config{"members": set(alice, bob)})).NewState
	c.Grant(payments, conditional(defaultTitle, "", multiPartyMarker, alice))()
	if resp := talk(t, c.Access(administrator)).Of(multiPartyType).Delete(state); len(resp.Diagnostics) > 0 {
		t.Fatalf("delete: %s", printed(resp.Diagnostics))
	}
	c.expect(payments, conditional(defaultTitle, "", multiPartyMarker, alice))
}
