package iamrole_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

const project = "projects/payments-prod"

// withManyRoles is the demo's world and so many more predefined roles.
func withManyRoles(count int) []byte {
	var added []string
	for i := range count {
		added = append(added, fmt.Sprintf(`{"name": "roles/zz.role%05d", "title": "Role"}`, i))
	}
	return []byte(strings.Replace(string(world.Demo()), `"directoryReaders"`, `"predefinedRoles": [`+strings.Join(added, ",")+`], "directoryReaders"`, 1))
}

func TestGrantable_NamesWhatThePolicyCanName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{World: withManyRoles(2500), WorldName: "world.json"})
		names, err := roles.Grantable(t.Context(), project)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]bool{admin: true, "roles/zz.role02499": true, "roles/billing.admin": false} {
			if got := slices.Contains(names, name); got != want {
				t.Errorf("%s among %d roles: %t, want %t", name, len(names), got, want)
			}
		}
		if got := calls(e); got != 2 {
			t.Errorf("asked %d times, want two pages", got)
		}
	})
}

func TestGrantable_EndsAfterFivePages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{World: withManyRoles(12000), WorldName: "world.json"})
		names, err := roles.Grantable(t.Context(), project)
		if err != nil || len(names) != 10000 || calls(e) != 5 {
			t.Errorf("got %d names in %d calls, %v, want 10000 in 5", len(names), calls(e), err)
		}
	})
}

func TestGrantable_GivesUpAfterThreeSeconds(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{
		"hangs":        {Kind: wire.Hang},
		"keeps saying": {Kind: wire.Refuse, Status: http.StatusServiceUnavailable},
		"refuses":      {Kind: wire.Refuse, Status: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, roles := startReader(t, emulator.Options{})
				e.Inject(func(wire.Call) wire.Fault { return fault })
				start := time.Now()
				names, err := roles.Grantable(t.Context(), project)
				var outage *upstream.Outage
				if !errors.As(err, &outage) || outage.Resource != project || len(names) > 0 {
					t.Errorf("got %q, %v, want an outage of IAM", names, err)
				}
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("gave up after %v, want at most 3 s", took)
				}
			})
		})
	}
}
