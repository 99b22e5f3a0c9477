package iamrole_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

const latency = 100 * time.Millisecond

func TestTitles_TellsWhatRolesAreCalledAndKeepsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{Latency: latency})
		names := []string{
			admin, secretAccessor, "roles/compute.unheardOf", "projects/payments-prod/roles/operator", "no role",
		}
		want := map[string]string{admin: "Compute Admin", secretAccessor: "Secret Manager Secret Accessor"}
		start := time.Now()
		for range 2 {
			if diff := cmp.Diff(want, roles.Titles(t.Context(), names)); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
		}
		if took, calls := time.Since(start), calls(e); took != latency || calls != 4 {
			t.Errorf("took %v and %d calls, want %v and 4: side by side, and what has no title is kept, too", took, calls, latency)
		}
		for _, c := range e.Journal().Calls() {
			if c.Method != "GetRole" {
				t.Errorf("called %s, want GetRole", c.Method)
			}
		}
	})
}

func TestTitles_APageWaitsASecondAndTheNextOnesNotAtAll(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{"hangs": {Kind: wire.Hang}, "is out": {Kind: wire.Refuse, Status: http.StatusServiceUnavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, roles := startReader(t, emulator.Options{})
				recover := e.Inject(func(wire.Call) wire.Fault { return fault })
				took := func(want time.Duration) {
					t.Helper()
					start := time.Now()
					if found := roles.Titles(t.Context(), []string{admin}); len(found) != 0 || time.Since(start) > want {
						t.Errorf("got %v after %v, want nothing after at most %v", found, time.Since(start), want)
					}
				}
				took(time.Second)
				before := calls(e)
				took(0)
				if calls(e) != before {
					t.Error("IAM was asked again, a moment after it did not answer")
				}
				recover()
				<-time.After(time.Minute)
				if got := roles.Titles(t.Context(), []string{admin}); got[admin] != "Compute Admin" {
					t.Errorf("a minute later: %v, want Compute Admin", got)
				}
			})
		})
	}
}

func TestTitles_WhoLeavesStopsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, roles := startReader(t, emulator.Options{Latency: latency})
		gone, leave := context.WithCancel(t.Context())
		leave()
		roles.Titles(gone, []string{admin})
		if got := roles.Titles(t.Context(), []string{admin}); got[admin] != "Compute Admin" {
			t.Errorf("got %v, want Compute Admin", got)
		}
	})
}
