package binding_test

import (
	"fmt"
	"regexp"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

const smallest = `
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:alice@example.com"]
`

// holds checks, after a step, the bindings of the test's role.
func (c *cloud) holds(resource string, want ...*iampb.Binding) resource.TestCheckFunc {
	return func(*terraform.State) error {
		c.t.Helper()
		c.expect(resource, want...)
		return nil
	}
}

func action(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, a)}}
}

func exact(attribute, want string) statecheck.StateCheck {
	return exactly(address, attribute, want)
}

func exactly(address, attribute, want string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), knownvalue.StringExact(want))
}

func TestAccSelfApprovalBinding_basic(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	before := c.Policy(payments)
	all := `
  project            = "payments-prod"
  role               = "roles/compute.osAdminLogin"
  members            = ["user:bob@example.com", "group:oncall@example.com"]
  title              = "Disks, when needed"
  description        = "CASE-1"
  resource_condition = "resource.type=='compute.googleapis.com/Disk'"
`
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.unchanged(payments, before),
		Steps: []resource.TestStep{
			{
				Config:            c.hcl(block(smallest)),
				Check:             c.holds(payments, conditional(defaultTitle, "", marker, alice)),
				ConfigStateChecks: []statecheck.StateCheck{exact("title", defaultTitle), exact("condition", marker)},
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin",
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "role",
			},
			{
				Config:            c.hcl(block(all)),
				ConfigPlanChecks:  action(plancheck.ResourceActionDestroyBeforeCreate),
				Check:             c.holds(payments, conditional("Disks, when needed", "CASE-1", marker+" && "+disks, bob, oncall)),
				ConfigStateChecks: []statecheck.StateCheck{exact("condition", marker+" && "+disks)},
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin " + disks,
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "role", ImportStateVerifyIgnore: []string{"resource_condition"},
			},
			{
				Config: c.hcl(block(all)), ResourceName: address,
				ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin " + disks,
			},
		},
	})
}

// unchanged checks that a policy holds what it held before: bindings, and what is audited.
func (c *cloud) unchanged(name string, before *iampb.Policy) resource.TestCheckFunc {
	return func(*terraform.State) error {
		after := c.Policy(name)
		if diff := cmp.Diff(providertest.Ordered(before.GetBindings()), providertest.Ordered(after.GetBindings()), protocmp.Transform()); diff != "" {
			return fmt.Errorf("bindings of %s (-before +after):\n%s", name, diff)
		}
		if diff := cmp.Diff(before.GetAuditConfigs(), after.GetAuditConfigs(), protocmp.Transform()); diff != "" {
			return fmt.Errorf("audit configuration of %s (-before +after):\n%s", name, diff)
		}
		return nil
	}
}

func TestAccSelfApprovalBinding_update(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	body := func(members, more string) string {
		return c.hcl(block("  project = \"payments-prod\"\n  role = \"roles/compute.osAdminLogin\"\n  members = [" + members + "]\n" + more))
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.holds(payments, conditional(defaultTitle, "", marker, carol)),
		Steps: []resource.TestStep{
			{
				PreConfig: c.Grant(payments, conditional(defaultTitle, "", marker, carol)),
				Config:    body(`"user:alice@example.com"`, ""),
				Check:     c.holds(payments, conditional(defaultTitle, "", marker, alice, carol)),
			},
			{
				Config:           body(`"user:bob@example.com", "user:alice@example.com"`, ""),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            c.holds(payments, conditional(defaultTitle, "", marker, alice, bob, carol)),
			},
			{
				Config:           body(`"user:bob@example.com"`, `title = "Another"`),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            c.holds(payments, conditional(defaultTitle, "", marker, carol), conditional("Another", "", marker, bob)),
			},
			{
				Config:           body(`"user:bob@example.com"`, `description = ""`),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            c.holds(payments, conditional(defaultTitle, "", marker, bob, carol)),
			},
			{
				Config:           body(`"user:bob@example.com"`, `description = "CASE-2"`),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check:            c.holds(payments, conditional(defaultTitle, "", marker, carol), conditional(defaultTitle, "CASE-2", marker, bob)),
			},
		},
	})
}

func TestAccSelfApprovalBinding_disappears(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{Config: c.hcl(block(smallest))},
			{
				PreConfig: c.Edit(payments, func(p *iampb.Policy) { removeRole(p) }),
				Config:    c.hcl(block(smallest)), ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				Check: c.holds(payments, conditional(defaultTitle, "", marker, alice)),
			},
			{
				PreConfig: c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, "deleted:"+alice+"?uid=1"))
				}),
				Config: c.hcl(block(smallest)), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check: c.holds(payments, conditional(defaultTitle, "", marker, alice)),
			},
			{
				PreConfig: c.Edit(payments, func(p *iampb.Policy) { removeRole(p) }),
				Config:    c.hcl(), // destroying what is gone
				Check:     c.holds(payments),
			},
		},
	})
}

func removeRole(p *iampb.Policy) {
	kept := p.Bindings[:0]
	for _, b := range p.Bindings {
		if b.GetRole() != role {
			kept = append(kept, b)
		}
	}
	p.Bindings = kept
}

func TestAccSelfApprovalBinding_drift(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	both := c.hcl(block(`
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:alice@example.com", "user:bob@example.com"]
`))
	mended := c.holds(payments, conditional(defaultTitle, "", marker, alice, bob))
	beside := func(other *iampb.Binding) resource.TestCheckFunc {
		return c.holds(payments, conditional(defaultTitle, "", marker, alice, bob), other)
	}
	byHand := conditional(defaultTitle, "by hand", marker, bob)
	drift := func(there ...*iampb.Binding) resource.TestStep {
		return resource.TestStep{
			PreConfig: c.Edit(payments, func(p *iampb.Policy) {
				removeRole(p)
				p.Bindings = append(p.Bindings, there...)
			}),
			Config: both, ConfigPlanChecks: action(plancheck.ResourceActionUpdate), Check: mended,
		}
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{Config: both, Check: mended},
			drift(conditional(defaultTitle, "", marker, alice)),
			drift(conditional("Renamed", "", marker, alice, bob)),
			{ // added back, and the other place left
				PreConfig: c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, alice), byHand)
				}),
				Config: both, ConfigPlanChecks: action(plancheck.ResourceActionUpdate), Check: beside(byHand),
			},
			{Config: both, PlanOnly: true},
			drift(conditional(defaultTitle, "", marker+" && has({}.jitAccessTerms)", alice, bob)),
			{ // another spelling of the condition, and other people, are no drift
				PreConfig: c.Edit(payments, func(p *iampb.Policy) {
					removeRole(p)
					p.Bindings = append(p.Bindings, conditional(defaultTitle, "", " has( {}.jitaccessconstraint )", alice, bob, carol))
				}),
				Config: both, PlanOnly: true,
			},
		},
	})
}

func TestAccSelfApprovalBinding_caseIsNoDifference(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	body := func(member, condition string) string {
		return c.hcl(block(fmt.Sprintf("project = \"payments-prod\"\nrole = \"roles/compute.osAdminLogin\"\nmembers = [%q]\nresource_condition = %q", member, condition)))
	}
	upper := body("user:ALICE@Example.com", "resource.type == 'compute.googleapis.com/Disk'")
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{Config: upper, Check: c.holds(payments, conditional(defaultTitle, "", marker+" && "+disks, alice))},
			{Config: upper, PlanOnly: true},
			{Config: body(alice, "("+disks+") // disks"), PlanOnly: true},
			{
				Config: upper, ResourceName: address,
				ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin " + disks,
			},
			{Config: body(alice, `resource.type == "compute.googleapis.com/disk"`), ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate)},
		},
	})
}

func TestAccSelfApprovalBinding_takeover(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.holds(payments, conditional(defaultTitle, "", marker, bob)),
		Steps: []resource.TestStep{{
			PreConfig: c.Grant(payments, conditional(defaultTitle, "", marker, alice, bob)),
			Config:    c.hcl(block(smallest)),
			Check:     c.holds(payments, conditional(defaultTitle, "", marker, alice, bob)),
		}},
	})
}

func TestAccSelfApprovalBinding_refusesMembersUnderAnotherTitle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	there := conditional("By hand", "", marker, alice, bob)
	command := regexp.MustCompile(`terraform import jitaccess_self_approval_binding.NAME\s+'projects/payments-prod\s+roles/compute.osAdminLogin'`)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.holds(payments),
		Steps: []resource.TestStep{
			{
				PreConfig: c.Grant(payments, there),
				Config:    c.hcl(block(smallest)), PlanOnly: true, ExpectError: command,
			},
			{Config: c.hcl(block(smallest)), ExpectError: command},
			{ // doing as told
				Config: c.hcl(block(smallest)), ResourceName: address,
				ImportState: true, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin", ImportStatePersist: true,
			},
			{
				Config: c.hcl(block(smallest)), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check: c.holds(payments, conditional(defaultTitle, "", marker, alice)),
			},
		},
	})
}

func TestAccSelfApprovalBinding_foldersAndOrganizations(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	before := map[string]*iampb.Policy{folder: c.Policy(folder), organization: c.Policy(organization)}
	body := func(place string) string {
		return c.hcl(block(place + "\nrole = \"roles/compute.osAdminLogin\"\nmembers = [\"user:alice@example.com\"]"))
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.unchanged(organization, before[organization]),
		Steps: []resource.TestStep{
			{Config: body(`folder = "100000000011"`), Check: c.holds(folder, conditional(defaultTitle, "", marker, alice))},
			{
				ResourceName: address, ImportState: true, ImportStateId: folder + " roles/compute.osAdminLogin",
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "role",
			},
			{
				Config: body(`organization = "433637338589"`), ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate),
				Check: resource.ComposeTestCheckFunc(c.unchanged(folder, before[folder]), c.holds(organization, conditional(defaultTitle, "", marker, alice))),
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: organization + " roles/compute.osAdminLogin",
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "role",
			},
		},
	})
}

func TestAccSelfApprovalBinding_import(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	two := `
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:alice@example.com", "user:bob@example.com"]
`
	attempt := func(id, says string) resource.TestStep {
		return resource.TestStep{
			Config: c.hcl(block(smallest)), ResourceName: address,
			ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(says),
		}
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			attempt("payments-prod roles/compute.osAdminLogin", `is\s+not\s+a\s+place`),
			attempt("projects/payments-prod roles/compute.viewer", `Nothing to import`),
			{
				PreConfig: c.Grant(payments,
					conditional("Old", "", marker, alice, "serviceAccount:deployer@payments-prod.iam.gserviceaccount.com"),
					conditional("Older", "", "has({}.JITAccessConstraint)", bob),
					conditional("Old", "", marker+" && "+disks, carol)),
				Config: c.hcl(block(smallest)), ResourceName: address,
				ImportState: true, ImportStateId: "projects/payments-prod roles/compute.osAdminLogin resource.type == 'x'",
				ExpectError: regexp.MustCompile(`(?s)For this role there is:.*projects/payments-prod roles/compute.osAdminLogin\s+resource.type == "compute.googleapis.com/Disk"`),
			},
			attempt("projects/payments-prod roles/compute.osAdminLogin", `(?s)several bindings.*title="Old".*title="Older"`),
			attempt(`projects/payments-prod roles/compute.osAdminLogin title="Other"`, `(?s)has the\s+title "Other".*roles/compute.osAdminLogin\s+title="Old"`),
			{ // the apply moves who was taken in, and adds the other
				Config: c.hcl(block(two)), ResourceName: address,
				ImportState: true, ImportStateId: `projects/payments-prod roles/compute.osAdminLogin title="Older"`, ImportStatePersist: true,
			},
			{
				Config: c.hcl(block(two)), ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				Check: c.holds(payments,
					conditional("Old", "", marker, alice, "serviceAccount:deployer@payments-prod.iam.gserviceaccount.com"),
					conditional("Old", "", marker+" && "+disks, carol),
					conditional(defaultTitle, "", marker, alice, bob)),
			},
		},
	})
}

func TestAccSelfApprovalBinding_rejected(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	tests := map[string]string{
		`project = "payments-prod"` + "\n" + `role = "roles/owner"` + "\n" + `members = ["user:alice@example.com"]`:                         "A basic role cannot be eligible",
		`project = "projects/payments-prod"` + "\n" + `role = "roles/compute.osAdminLogin"` + "\n" + `members = ["user:alice@example.com"]`: "Not a project id",
		`project = "payments-prod"` + "\n" + `role = "roles/compute.osAdminLogin"` + "\n" + `members = ["allUsers"]`:                        "Everyone on the internet cannot be eligible",
		`role = "roles/compute.osAdminLogin"` + "\n" + `members = ["user:alice@example.com"]`:                                               "No place for the binding",
		smallest + `resource_condition = "resource.name =="`:                                                                                "The resource condition does not compile",
		`project = "payments-prod"` + "\n" + `role = "roles/compute.osAdminLogin"` + "\n" + `members = ["user:nobody@example.com"]`:         `(?s)Eligible binding not created.*Google knows no user`,
		`project = "unknown-project"` + "\n" + `role = "roles/compute.osAdminLogin"` + "\n" + `members = ["user:alice@example.com"]`:        `(?s)Eligible binding not created.*roles/resourcemanager.projectIamAdmin`,
		`project = "payments-prod"` + "\n" + `role = "roles/resourcemanager.folderAdmin"` + "\n" + `members = ["user:alice@example.com"]`:   `(?s)Eligible binding not created.*cannot be granted\s+here`,
	}
	var steps []resource.TestStep
	for body, says := range tests {
		steps = append(steps, resource.TestStep{Config: c.hcl(block(body)), ExpectError: regexp.MustCompile(says)})
	}
	before := c.Policy(payments)
	accept(t, resource.TestCase{ProtoV6ProviderFactories: c.Providers(), CheckDestroy: c.unchanged(payments, before), Steps: steps})
}

func TestAccSelfApprovalBinding_valuesOfTheSameApply(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{{
			Config: c.hcl(`
resource "terraform_data" "known_later" {
  input = { member = "user:Alice@example.com", project = "payments-prod", condition = "resource.type == 'compute.googleapis.com/Disk'" }
}
`, block(`
  project            = terraform_data.known_later.output.project
  role               = "roles/compute.osAdminLogin"
  members            = [terraform_data.known_later.output.member, "group:oncall@example.com"]
  resource_condition = terraform_data.known_later.output.condition
`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("condition")),
			}},
			Check: c.holds(payments, conditional(defaultTitle, "", marker+" && "+disks, alice, oncall)),
		}},
	})
}
