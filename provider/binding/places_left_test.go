package binding

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

// An older owner leaves a member to a resource whose write Google then refuses: nobody's state
// would name the member, who stays eligible.
func TestCreate_ThatFailsKeepsInTheStateWhoWasLeftToIt(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) { t.Parallel(); checkLeft(t, false) })
	t.Run("interrupted", func(t *testing.T) { t.Parallel(); checkLeft(t, true) })
}

func checkLeft(t *testing.T, interrupted bool) {
	t.Helper()
	cloud := providertest.NewCloud(t, world.Demo(), nil)
	b := &binding{constraint: eligibility.SelfApproval, name: selfApprovalName, client: client.New("", googleapi.Config{
		Endpoint: cloud.URL(), AccessToken: cloud.Token("terraform@jit-access.iam.gserviceaccount.com"),
	})}
	alice, dave := memberValue("user:alice@example.com"), memberValue("user:dave@example.com")
	plan := tfsdk.Plan{Schema: bindingSchema("")}
	m := model{
		scope: scope{Project: types.StringValue("payments-prod")}, Role: types.StringValue("roles/compute.osAdminLogin"), ResourceCondition: spellingValue{types.StringNull(), conditionSubject},
		Members: types.SetValueMust(spellingType{subject: memberSubject}, []attr.Value{alice, dave}), Title: types.StringValue("Eligible"),
		Condition: types.StringValue(eligibility.SelfApproval.Marker()),
	}
	if diags := plan.Set(t.Context(), &m); diags.HasError() {
		t.Fatal(diags)
	}
	k, _, err := m.key(eligibility.SelfApproval)
	if err != nil {
		t.Fatal(err)
	}
	members, _ := m.principals()
	older := b.client.Places.Begin(nil, k.placesOf(m.wording(), members[:1]))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cloud.Inject(func(call wire.Call) wire.Fault {
		if call.Method != "SetIamPolicy" {
			return wire.Fault{}
		}
		older.Leave(k.place(m.wording(), members[0])) // as in the same write
		older.Done()
		if interrupted {
			cancel()
		}
		return wire.Fault{Kind: wire.Refuse, Status: http.StatusForbidden}
	})
	resp := resource.CreateResponse{State: tfsdk.State{Schema: plan.Schema}}
	b.Create(ctx, resource.CreateRequest{Plan: plan}, &resp)
	if failed := resp.Diagnostics.Errors(); len(failed) != 1 ||
		!strings.Contains(failed[0].Detail(), "Eligible for roles/compute.osAdminLogin on projects/payments-prod still: user:alice@example.com.") {
		t.Errorf("errors = %v, want one that names alice alone", failed)
	}
	var kept model
	if diags := resp.State.Get(t.Context(), &kept); diags.HasError() {
		t.Fatal(diags)
	}
	if members, _ := kept.principals(); len(members) != 1 || members[0].Email != "alice@example.com" {
		t.Errorf("the state names %v, want alice alone", members)
	}
}
