package binding

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

const multiPartyMarker = "has({}.multiPartyApprovalConstraint)"

func TestStateKey_FollowsTheConditionOfTheState(t *testing.T) {
	t.Parallel()
	b := &binding{constraint: eligibility.MultiPartyApproval}
	for condition, want := range map[string]eligibility.Constraint{
		marker:           eligibility.SelfApproval,
		multiPartyMarker: eligibility.MultiPartyApproval,
		"":               eligibility.MultiPartyApproval,
	} {
		m := testModel(alice)
		m.Condition = types.StringValue(condition)
		if k, known, err := b.stateKey(m); !known || err != nil || k.constraint != want {
			t.Errorf("state with %q: got %+v, %v, %v; want %s", condition, k, known, err, want)
		}
	}
}

func TestRefresh_AfterAMoveThatWasInterruptedFindsTheNewPlaces(t *testing.T) {
	t.Parallel()
	b := &binding{constraint: eligibility.MultiPartyApproval, client: &client.Client{}}
	m := testModel(alice)
	m.Condition = types.StringValue(marker)
	k, _, err := b.stateKey(m)
	if err != nil {
		t.Fatal(err)
	}
	p := &policy.Policy{Bindings: []*policy.Binding{under(defaultTitle, "", multiPartyMarker, alice)}}
	if present := b.refresh(t.Context(), k, p, &m, &diag.Diagnostics{}); !present || m.Condition.ValueString() != multiPartyMarker {
		t.Errorf("got present %v and condition %s, want %s", present, m.Condition, multiPartyMarker)
	}
}
