package binding_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// recorder collects the diagnostics of plans, which terraform-plugin-testing drops.
type recorder struct {
	mu       sync.Mutex
	recorded []string
}

func (e *recorder) record(all []*tfprotov6.Diagnostic) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range all {
		e.recorded = append(e.recorded, d.Summary+": "+d.Detail)
	}
}

// hasRecorded wants each text in a warning, and no warning without one.
func (e *recorder) hasRecorded(texts ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, text := range texts {
			if !slices.ContainsFunc(e.recorded, func(s string) bool { return strings.Contains(s, text) }) {
				return fmt.Errorf("got %q, want %q", e.recorded, text)
			}
		}
		for _, s := range e.recorded {
			if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(s, text) }) {
				return fmt.Errorf("got %q, want nothing but %q", s, texts)
			}
		}
		return nil
	}
}

type recording struct {
	tfprotov6.ProviderServer
	recorder *recorder
}

func (o recording) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := o.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		o.recorder.record(resp.Diagnostics)
	}
	return resp, err
}

// plans creates what a configuration says with the real Terraform, and wants the texts in the
// warnings of its plans, and no other warnings.
func (c *cloud) plans(configuration string, texts ...string) {
	c.t.Helper()
	var e recorder
	accept(c.t, resource.TestCase{
		ProtoV6ProviderFactories: c.recording(&e),
		Steps:                    []resource.TestStep{{Config: configuration, Check: e.hasRecorded(texts...)}},
	})
}

// recording are providers whose plans are recorded.
func (c *cloud) recording(e *recorder) map[string]func() (tfprotov6.ProviderServer, error) {
	inner := c.Providers()[client.TypeName]
	return map[string]func() (tfprotov6.ProviderServer, error){
		client.TypeName: func() (tfprotov6.ProviderServer, error) {
			s, err := inner()
			return recording{s, e}, err
		},
	}
}

func TestAccPlanWarnings_heldAbove(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(folder, unconditional(alice))()
	c.Grant(organization, unconditional(bob))()
	c.plans(c.hcl(block(strings.Replace(smallest, alice, alice+`", "`+bob, 1))),
		"The policy of folders/100000000011 grants roles/compute.osAdminLogin without a condition, all the time, to: user:alice@example.com.",
		"The policy of organizations/433637338589 grants roles/compute.osAdminLogin without a condition, all the time, to: user:bob@example.com.")
}

func TestAccPlanWarnings_nothingAboveCanBeRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.letAdminister(stranger)
	c.Grant(folder, conditional("By hand", "", multiPartyMarker, bob))()
	c.plans(c.HCL(stranger, multiParty(smallest)),
		"Nobody could approve: user:alice@example.com is the only one who is eligible for roles/compute.osAdminLogin on projects/payments-prod with approval by a peer, there or above, "+
			"and nobody approves their own request. Name a second person or a group. Not looked at, because it could not be read: the policy of folders/100000000011; what stands above folders/100000000011.")
}

func TestAccPlanWarnings_aPeerAbove(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(production, conditional("By hand", "", multiPartyMarker, bob))()
	c.plans(c.hcl(multiParty(smallest)))
}

func TestAccPlanWarnings_aCustomRole(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, withCustomRoles())
	c.plans(c.hcl(block(strings.Replace(smallest, role, operator, 1))), "Whoever activates "+operator+" can act as service accounts, add permissions to custom roles")
}

func TestAccPlanWarnings_aRoleThatIAMDoesNotDescribe(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(func(call wire.Call) wire.Fault {
		if call.Method == "GetRole" {
			return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}
		}
		return wire.Fault{}
	})
	c.plans(c.hcl(block(strings.Replace(smallest, role, "roles/resourcemanager.projectIamAdmin", 1))),
		"can grant any role to themselves and others: it holds resourcemanager.projects.setIamPolicy. Access that is taken so")
}

// counted wants the calls of so many walks, each of which asks once.
func (c *cloud) counted(walks int, method string, names ...string) {
	c.t.Helper()
	want := map[string]int{}
	for _, name := range names {
		want[name] = walks
	}
	if diff := cmp.Diff(want, c.asked(method)); diff != "" {
		c.t.Errorf("%s in %d walks (-want +got):\n%s", method, walks, diff)
	}
}

func TestAccPlanWarnings_twentyBindingsAskOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for i := range 20 {
		c.World().AddUser(fmt.Sprintf("person%d@example.com", i), "")
	}
	twenty := c.hcl(fmt.Sprintf(`
resource %q "test" {
  count   = 20
  project = "payments-prod"
  role    = count.index %% 2 == 0 ? "roles/compute.osAdminLogin" : "roles/container.viewer"
  members = ["user:person${count.index}@example.com"]
}`, bindingType))
	fresh := func() {
		c.Journal().Reset()
		c.Configured.Store(0)
	}
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		Steps: []resource.TestStep{
			{
				PreConfig: fresh, Config: twenty, PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{
				PreConfig: func() {
					walks := int(c.Configured.Load())
					c.counted(walks, "GetProject", payments)
					c.counted(walks, "GetFolder", folder, production)
					c.counted(walks, "GetIamPolicy", payments, folder, production, organization)
					c.counted(walks, "GetRole", role, "roles/container.viewer")
				},
				Config: twenty,
			},
			{PreConfig: fresh, Config: twenty, PlanOnly: true},
			{
				PreConfig: func() {
					for _, method := range []string{"GetProject", "GetFolder", "GetRole"} {
						c.counted(0, method)
					}
					if got := c.asked("GetIamPolicy"); len(got) != 1 || got[payments] == 0 || got[payments] > int(c.Configured.Load()) {
						t.Errorf("without changes: read %v in %d walks, want the project's policy once in each", got, c.Configured.Load())
					}
				},
				Config: twenty,
			},
		},
	})
}
