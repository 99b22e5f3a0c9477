package binding_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

func TestPlanAndApply_NameMembersTakenOver(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, conditional(defaultTitle, "", marker, alice, bob))()
	both := but(config{"members": set(alice, carol)})
	const text = "in an identical binding: user:alice@example.com."
	says(t, talk(t, c.Access(administrator)).Plan(both).Diagnostics, warning, at("members"), text)
	says(t, talk(t, c.Access(administrator)).Create(both).Diagnostics, warning, at("members"), text)
	c.expect(payments, conditional(defaultTitle, "", marker, alice, bob, carol))
}

func TestApply_DoesNotTakeOverWhatItWroteItself(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var once sync.Once
	c.Inject(func(call wire.Call) (f wire.Fault) {
		if call.Method == "SetIamPolicy" {
			once.Do(func() { f.Kind = wire.Lose })
		}
		return f
	})
	if found := talk(t, c.Access(administrator)).Create(valid()).Diagnostics; len(found) > 0 {
		t.Errorf("after a lost answer: got %s, want no diagnostics", printed(found))
	}
	c.expect(payments, conditional(defaultTitle, "", marker, alice))
}

// The second of two resources with one member loses a race to the first, and then finds the member
// there.
func TestApply_TakesOverWhatWonTheRace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		members tftypes.Value
		then    wire.FaultKind // what becomes of the write after the race
		want    []*iampb.Binding
	}{
		"nothing is left to write":       {set(alice), wire.None, []*iampb.Binding{conditional(defaultTitle, "", marker, alice)}},
		"another member is written":      {set(alice, bob), wire.None, []*iampb.Binding{conditional(defaultTitle, "", marker, alice, bob)}},
		"and the answer to that is lost": {set(alice, bob), wire.Lose, []*iampb.Binding{conditional(defaultTitle, "", marker, alice, bob)}},
	} {
		c := newCloud(t)
		var writes atomic.Int64
		c.Inject(func(call wire.Call) (f wire.Fault) {
			if call.Method != "SetIamPolicy" {
				return f
			}
			switch writes.Add(1) {
			case 1:
				c.Grant(payments, conditional(defaultTitle, "", marker, alice))()
			case 2:
				f.Kind = test.then
			}
			return f
		})
		found := talk(t, c.Access(administrator)).Create(but(config{"members": test.members})).Diagnostics
		says(t, found, warning, at("members"), "in an identical binding: user:alice@example.com.")
		if c.expect(payments, test.want...); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestPlan_RefusesMembersUnderAnotherTitle(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Grant(payments, conditional("By hand", "", marker, bob))()
	found := talk(t, c.Access(administrator)).Plan(but(config{"members": set(alice, "user:Bob@example.com")})).Diagnostics
	says(t, found, failure, atMember("user:Bob@example.com"), "terraform import "+bindingType+".NAME 'projects/payments-prod roles/compute.osAdminLogin'")
	says(t, found, failure, atMember("user:Bob@example.com"), "This stops terraform destroy too, which plans the whole configuration first; terraform destroy -refresh=false passes it by.")
}

func TestPlan_OfAProjectThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	found := talk(t, c.Access(administrator)).Plan(but(config{"project": str("made-later")})).Diagnostics
	says(t, found, warning, at("project"), "The policy of projects/made-later could not be read, so the plan was not compared with it. Where the same apply creates the project first, nothing is wrong.")
}

func TestRead_TellsOfDeletedAccountsAndNearMisses(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
	c.Edit(payments, func(p *iampb.Policy) {
		removeRole(p)
		p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, bob, "deleted:"+alice+"?uid=1"))
	})()
	says(t, talk(t, c.Access(administrator)).Read(state).Diagnostics, warning, at("members"), "as deleted: user:alice@example.com.")
	c.Edit(payments, func(p *iampb.Policy) {
		removeRole(p)
		p.Bindings = append(p.Bindings, conditional(defaultTitle, "", marker, alice), conditional(defaultTitle, "", "!"+marker, bob))
	})()
	says(t, talk(t, c.Access(administrator)).Read(state).Diagnostics, warning, at("members"), "may grant the role right now")
}

func TestRead_WithoutPermission(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	found := talk(t, c.Access("zoe@partner.example")).Read(state).Diagnostics
	says(t, found, failure, at("project"), "Eligible binding not read: The credentials lack resourcemanager.projects.getIamPolicy on projects/payments-prod")
}

func TestRead_WhileTheTokenIsNotKnown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	resp := talk(t, config{"endpoint": str(c.URL()), "access_token": unknown}).Read(state)
	says(t, resp.Diagnostics, warning, at("members"), "access_token is not known before the apply")
	if got, want := resp.NewState.MsgPack, state.MsgPack; string(got) != string(want) {
		t.Errorf("the state changed: got %x, want %x", got, want)
	}
}

func TestPlan_ReadsEachPolicyOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Journal().Reset()
	conversation := talk(t, c.Access(administrator))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if i%2 == 0 {
				conversation.Read(state)
				return
			}
			conversation.Plan(but(config{"members": set(bob)}))
		})
	}
	all.Wait()
	if diff := cmp.Diff(once(payments, folder, production, organization), c.asked("GetIamPolicy")); diff != "" {
		t.Errorf("reads of policies for fifty resources (-want +got):\n%s", diff)
	}
}

func TestWithoutPermissionToWrite(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	found := talk(t, c.Access("grace@example.com")).Create(valid()).Diagnostics
	says(t, found, failure, at("project"), "Eligible binding not created: The credentials lack resourcemanager.projects.getIamPolicy and resourcemanager.projects.setIamPolicy")
}

func TestImport_SetsTheKeyOnly(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	resp, err := talk(t, c.Access(administrator)).Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: bindingType, ID: "folders/123 roles/compute.osAdminLogin " + disks,
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("ImportResourceState: %v, %s", err, printed(resp.Diagnostics))
	}
	got, err := resp.ImportedResources[0].State.Unmarshal(schemas(t, providertest.Server(t, newProvider())).ResourceSchemas[bindingType].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := got.As(&attributes); err != nil {
		t.Fatal(err)
	}
	for name, v := range attributes {
		want := map[string]tftypes.Value{"folder": str("123"), "role": str(role), "resource_condition": str(disks)}[name]
		if want.Type() == nil && !v.IsNull() || want.Type() != nil && !v.Equal(want) {
			t.Errorf("%s: got %v, want %v", name, v, want)
		}
	}
}

func TestReadAndDelete_OfAProjectThatIsGone(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	state := talk(t, c.Access(administrator)).Create(valid()).NewState
	c.Inject(func(wire.Call) wire.Fault { return wire.Fault{Kind: wire.Refuse, Status: http.StatusNotFound} })
	conversation := talk(t, c.Access(administrator))
	read := conversation.Read(state)
	if len(read.Diagnostics) > 0 || string(read.NewState.MsgPack) != string(conversation.Null().MsgPack) {
		t.Errorf("read: got %x and %s, want no state and no diagnostics", read.NewState.MsgPack, printed(read.Diagnostics))
	}
	if deleted := conversation.Delete(state); len(deleted.Diagnostics) > 0 {
		t.Errorf("delete: got %s, want no diagnostics", printed(deleted.Diagnostics))
	}
}
