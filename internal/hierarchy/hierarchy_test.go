package hierarchy_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/hierarchy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// The demo's organization.
const (
	terraform    = "terraform@jit-access.iam.gserviceaccount.com"
	organization = "organizations/433637338589"
)

// startParents starts an emulated Google Cloud and reaches its tree by the real client, in a bubble of
// its own time.
func startParents(t *testing.T, caller string, o emulator.Options) (*emulator.Emulator, *hierarchy.Parents) {
	t.Helper()
	memory := emulator.NewMemory()
	o.Listener = memory
	e := emulatortest.Start(t, o)
	client := &http.Client{Transport: &oauth2.Transport{
		Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)}), Base: memory.Transport(),
	}}
	s, err := cloudresourcemanager.NewService(t.Context(), option.WithHTTPClient(client),
		option.WithEndpoint("http://emulated/cloudresourcemanager.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	return e, hierarchy.NewParents(s)
}

func calls(e *emulator.Emulator) int { return len(e.Journal().Calls()) }

func TestParents_LeadToTheOrganization(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, parents := startParents(t, terraform, emulator.Options{FirstUnavailable: true})
		for _, step := range []struct{ name, parent string }{
			{"projects/payments-prod", "folders/100000000011"},
			{"folders/100000000011", "folders/100000000001"},
			{"folders/100000000001", organization},
			{organization, ""},
		} {
			if got, err := parents.Of(t.Context(), step.name); got != step.parent || err != nil {
				t.Errorf("the parent of %s: got %q, %v, want %q", step.name, got, err, step.parent)
			}
		}
		if got := calls(e); got != 4 {
			t.Errorf("asked %d times, want 4: once for each but the organization, and once more after the first 503", got)
		}
	})
}

func TestParents_OfWhatTheCallerMayNotSee(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, parents := startParents(t, "zoe@partner.example", emulator.Options{})
		for name, permission := range map[string]string{
			"projects/payments-prod": "resourcemanager.projects.get",
			"folders/100000000011":   "resourcemanager.folders.get",
		} {
			_, err := parents.Of(t.Context(), name)
			var outage *upstream.Outage
			if !errors.As(err, &outage) || outage.Permission != permission || outage.Resource != name {
				t.Errorf("%s: %#v, want %s denied", name, err, permission)
			}
		}
	})
}

func TestParents_GiveUpAfterThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, parents := startParents(t, terraform, emulator.Options{})
		e.Inject(func(wire.Call) wire.Fault { return wire.Fault{Kind: wire.Hang} })
		start := time.Now()
		_, err := parents.Of(t.Context(), "projects/payments-prod")
		var outage *upstream.Outage
		if took := time.Since(start); !errors.As(err, &outage) || outage.Permission != "" || took != 3*time.Second {
			t.Errorf("got %v after %v, want an outage after 3 s", err, took)
		}
	})
}

func TestParents_NoNameReachesAnythingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, parents := startParents(t, terraform, emulator.Options{})
		for _, name := range []string{"", "projects/", "projects/..", "projects/a/b", "projects/a?b", "folders/a", "folders/1/2", "billingAccounts/1"} {
			if _, err := parents.Of(t.Context(), name); err == nil {
				t.Errorf("%q has a parent, want an error", name)
			}
		}
		if got := calls(e); got != 0 {
			t.Errorf("Resource Manager was asked %d times, want never", got)
		}
	})
}
