package binding_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// otherBindings are bindings of other people, with every field that IAM documents.
func otherBindings() []*iampb.Binding {
	return []*iampb.Binding{
		{Role: "roles/viewer", Members: []string{"deleted:user:mallory@example.com?uid=1", "user:dave@example.com"}},
		{Role: "roles/storage.admin", Members: []string{"user:erin@example.com"}, Condition: &expr.Expr{
			Title: "Bucket", Description: "One bucket", Location: "policies/1", Expression: `resource.name.startsWith("projects/_/buckets/x")`,
		}},
		conditional("By hand", "", marker, "user:dave@example.com"),
	}
}

func TestAccSelfApprovalBinding_fiftyAtOnce(t *testing.T) {
	t.Parallel()
	const count = 50
	var lost atomic.Int64
	c := newCloud(t)
	for i := range count {
		c.World().AddUser(fmt.Sprintf("person%d@example.com", i), "")
	}
	c.Grant(payments, otherBindings()...)()
	before := c.Policy(payments)
	c.SetLatency(50 * time.Millisecond)
	fifty := c.hcl(fmt.Sprintf(`
resource %q "test" {
  count   = %d
  project = "payments-prod"
  role    = "roles/compute.osAdminLogin"
  members = ["user:person${count.index}@example.com"]
}`, bindingType, count))
	accept(t, resource.TestCase{
		ProtoV6ProviderFactories: c.Providers(),
		CheckDestroy:             c.unchanged(payments, before),
		Steps: []resource.TestStep{
			{
				PreConfig: func() { c.winRaces(3, &lost) },
				Config:    fifty,
				Check: func(*terraform.State) error {
					c.expectPeople(count)
					if writes := c.calls("SetIamPolicy"); writes > 12 || lost.Load() != 3 {
						t.Errorf("fifty bindings took %d writes, and %d lost races; want at most 12, and 3", writes, lost.Load())
					}
					return nil
				},
			},
			{
				PreConfig: func() {
					c.Journal().Reset()
					c.Configured.Store(0)
				},
				Config: fifty, PlanOnly: true,
			},
			{
				PreConfig: func() {
					reads, walks := c.calls("GetIamPolicy"), int(c.Configured.Load())
					if reads == 0 || reads > walks {
						t.Errorf("planning fifty bindings: %d reads of the policy in %d walks, want one each", reads, walks)
					}
				},
				Config: fifty,
			},
		},
	})
}

// winRaces lets somebody else win the next races: the policy changes after it was read, and before
// it is written.
func (c *cloud) winRaces(races int64, won *atomic.Int64) {
	c.Inject(func(call wire.Call) wire.Fault {
		if call.Method == "SetIamPolicy" && won.Load() < races {
			won.Add(1)
			c.Edit(payments, func(*iampb.Policy) {})()
		}
		return wire.Fault{}
	})
}

// expectPeople wants everybody in one binding, beside those of others.
func (c *cloud) expectPeople(count int) {
	c.t.Helper()
	members := make([]string, count)
	for i := range members {
		members[i] = fmt.Sprintf("user:person%d@example.com", i)
	}
	c.expect(payments, conditional("By hand", "", marker, "user:dave@example.com"), conditional(defaultTitle, "", marker, members...))
	for _, want := range otherBindings()[:2] {
		if !slices.ContainsFunc(c.Policy(payments).GetBindings(), func(b *iampb.Binding) bool { return cmp.Equal(want, b, protocmp.Transform()) }) {
			c.t.Errorf("a binding of others was changed: %v", want)
		}
	}
}
