package binding_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	operator = "projects/payments-prod/roles/operator"
	reporter = organization + "/roles/reporter"
)

// withCustomRoles is the demo's world with one custom role that grants more, and one that does not.
func withCustomRoles() []byte {
	return []byte(strings.Replace(string(world.Demo()), `"directoryReaders"`, `"customRoles": [
	  {"name": "`+operator+`", "permissions": ["run.services.update", "iam.serviceAccounts.actAs", "run.services.setIamPolicy", "iam.roles.update", "run.jobs.setIamPolicy"]},
	  {"name": "`+reporter+`", "permissions": ["logging.logEntries.list"]}
	], "directoryReaders"`, 1))
}

func TestPlan_WarnsOfRolesThatCanGrantMore(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, withCustomRoles())
	for name, text := range map[string]string{
		"roles/resourcemanager.projectIamAdmin": "Whoever activates roles/resourcemanager.projectIamAdmin can grant any role to themselves and others: it holds resourcemanager.projects.setIamPolicy. Access",
		"roles/iam.serviceAccountTokenCreator":  "can act as service accounts: it holds iam.serviceAccounts.getAccessToken, iam.serviceAccounts.getOpenIdToken, iam.serviceAccounts.implicitDelegation and 2 more. Access",
		"roles/pubsub.admin":                    "can give access to single resources to themselves and others: it holds pubsub.snapshots.setIamPolicy, pubsub.subscriptions.setIamPolicy and pubsub.topics.setIamPolicy.",
		operator: "can act as service accounts, add permissions to custom roles that they hold and give access to single resources to themselves and others: " +
			"it holds iam.serviceAccounts.actAs, iam.roles.update, run.jobs.setIamPolicy and 1 more.",
		reporter:                     "",
		"roles/iam.securityReviewer": "",
	} {
		found := talk(t, c.Access(administrator)).Plan(but(config{"role": str(name)})).Diagnostics
		if text == "" {
			silent(t, name, found)
			continue
		}
		says(t, found, warning, at("role"), text)
		if strings.Contains(printed(found), "there may be more") {
			t.Errorf("%s: %s, want no doubt about what IAM said", name, printed(found))
		}
	}
}

func TestPlan_OfARoleThatIAMDoesNotDescribe(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{
		"denied":    {Kind: wire.Refuse, Status: http.StatusForbidden},
		"no answer": {Kind: wire.Drop},
		"no JSON":   {Kind: wire.Nonsense},
	} {
		c := newCloudOf(t, withCustomRoles())
		c.Inject(func(call wire.Call) wire.Fault {
			if call.Method == "GetRole" {
				return fault
			}
			return wire.Fault{}
		})
		walk := talk(t, c.Access(administrator))
		silent(t, name+", custom", walk.Plan(but(config{"role": str(operator)})).Diagnostics)
		says(t, walk.Plan(but(config{"role": str("roles/iam.securityAdmin")})).Diagnostics, warning, at("role"),
			"can grant any role to themselves and others and act as service accounts: it holds resourcemanager.folders.setIamPolicy, resourcemanager.organizations.setIamPolicy, "+
				"resourcemanager.projects.setIamPolicy and 1 more. Access that is taken so does not end with the activation. Make few people eligible, ask for approval by a peer, "+
				"or choose a role that holds only what they need. IAM did not say what the role holds; there may be more.")
	}
}

func TestPlan_OfARoleThatIAMDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	walk := talk(t, c.Access(administrator))
	misspelt := but(config{"role": str("roles/compute.osAdminLogin2")})
	says(t, walk.Plan(misspelt).Diagnostics, warning, at("role"), "A role that IAM does not know: IAM knows no role roles/compute.osAdminLogin2. Check its spelling.")
	silent(t, "the role again", walk.Plan(misspelt).Diagnostics)
	says(t, walk.Plan(but(config{"role": str(operator)})).Diagnostics, warning, at("role"), "Where the same apply creates it first, nothing is wrong.")
}

func TestAccPlanWarnings_aRoleThatIAMDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var e recorder
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.recording(&e),
		Steps: []resource.TestStep{{
			Config:   c.hcl(block(strings.Replace(smallest, role, "roles/compute.osAdminLogin2", 1))),
			PlanOnly: true, ExpectNonEmptyPlan: true,
		}},
	})
	if err := e.hasRecorded("IAM knows no role roles/compute.osAdminLogin2. Check its spelling. Did you mean roles/compute.osAdminLogin?")(nil); err != nil {
		t.Error(err)
	}
}

func TestPlan_WhileTheTokenIsNotKnown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	walk := talk(t, config{"endpoint": str(c.URL()), "access_token": unknown})
	says(t, walk.Plan(but(config{"role": str("roles/iam.roleAdmin")})).Diagnostics, warning, at("role"),
		"can add permissions to custom roles that they hold: it holds iam.roles.update. Access")
	says(t, walk.Of(multiPartyType).Plan(valid()).Diagnostics, warning, at("members"),
		"could not be read: the policy of projects/payments-prod; what stands above projects/payments-prod. Peers may")
}

func TestPlan_AsksForEachRoleOnceAndSaysItOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	walk := talk(t, c.Access(administrator))
	says(t, walk.Plan(but(config{"role": str("roles/run.admin")})).Diagnostics, warning, at("role"), "roles/run.admin")
	silent(t, "the role again", walk.Plan(but(config{"role": str("roles/run.admin"), "members": set(bob)})).Diagnostics)
	silent(t, "a role that is not known yet", walk.Plan(but(config{"role": unknown})).Diagnostics)
	if got := c.asked("GetRole"); len(got) != 1 || got["roles/run.admin"] != 1 {
		t.Errorf("roles asked for: %v, want roles/run.admin once", got)
	}
}
