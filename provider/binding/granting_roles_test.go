package binding

import (
	"slices"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

func TestGrantingRoles_HoldWhatTheTableSays(t *testing.T) {
	t.Parallel()
	w := emulatortest.Start(t, emulator.Options{}).World()
	for name, permissions := range grantingRoles {
		if r := refuseRole(name); r != (validators.Refusal{}) {
			t.Errorf("%s: %+v, want a role that can be eligible", name, r)
		}
		if got := (iamrole.Role{Permissions: permissions}).GrantsMore(); len(got) != len(permissions) {
			t.Errorf("%s: of %q only %q grant more", name, permissions, got)
		}
		role, described := w.Role(name)
		for _, permission := range permissions {
			if described && !slices.Contains(role.Permissions, permission) {
				t.Errorf("%s does not hold %s", name, permission)
			}
		}
	}
}
