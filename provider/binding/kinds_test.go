package binding

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

func TestOtherKind_IsMutual(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]eligibility.Constraint{selfApprovalName: eligibility.SelfApproval, multiPartyApprovalName: eligibility.MultiPartyApproval} {
		kind := (&binding{constraint: want, name: name}).otherKind()
		if back := kind.otherKind(); kind.constraint == want || back.name != name || back.constraint != want {
			t.Errorf("%s: the other kind is %s, and its other kind %s", name, kind.name, back.name)
		}
	}
}
