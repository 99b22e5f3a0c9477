package iamrole_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/iam/v1"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// The demo's organization.
const (
	portal         = "portal@jit-access.iam.gserviceaccount.com"
	organization   = "organizations/433637338589"
	admin          = "roles/compute.admin"
	secretAccessor = "roles/secretmanager.secretAccessor"
)

// startReader starts an emulated Google Cloud and reaches its roles by the real client as the portal,
// in a bubble of its own time.
func startReader(t *testing.T, o emulator.Options) (*emulator.Emulator, *iamrole.Reader) {
	t.Helper()
	memory := emulator.NewMemory()
	o.Listener = memory
	e := emulatortest.Start(t, o)
	token := e.World().TokenFor(portal, 24*time.Hour)
	client := &http.Client{Transport: &oauth2.Transport{
		Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}), Base: memory.Transport(),
	}}
	s, err := iam.NewService(t.Context(), option.WithHTTPClient(client), option.WithEndpoint("http://emulated/iam.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	return e, iamrole.NewReader(s, time.Now)
}

func calls(e *emulator.Emulator) int { return len(e.Journal().Calls()) }

func TestReader_DescribesARole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, roles := startReader(t, emulator.Options{})
		role, err := roles.Describe(t.Context(), secretAccessor)
		if err != nil {
			t.Fatal(err)
		}
		if role.Name != secretAccessor || role.Title != "Secret Manager Secret Accessor" ||
			role.Description != "Allows accessing the payload of secrets." ||
			!slices.Contains(role.Permissions, "secretmanager.versions.access") {
			t.Errorf("%s: %+v", secretAccessor, role)
		}
		if more := role.GrantsMore(); len(more) != 0 {
			t.Errorf("%s grants more: %q, want nothing", secretAccessor, more)
		}
		role, err = roles.Describe(t.Context(), "roles/compute.admin")
		if err != nil || !slices.Contains(role.GrantsMore(), "compute.instances.setIamPolicy") {
			t.Errorf("roles/compute.admin grants more: %q, %v, want compute.instances.setIamPolicy among it", role.GrantsMore(), err)
		}
	})
}

func TestReader_KeepsADescriptionForAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{})
		start := time.Now()
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{0, 1}, {59 * time.Minute, 1}, {60 * time.Minute, 2}} {
			<-time.After(time.Until(start.Add(step.at)))
			if _, err := roles.Describe(t.Context(), secretAccessor); err != nil {
				t.Fatal(err)
			}
			if got := calls(e); got != step.want {
				t.Errorf("after %v: asked %d times, want %d", step.at, got, step.want)
			}
		}
	})
}

func TestReader_ManyReviewersAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{Latency: time.Second})
		var reviewers sync.WaitGroup
		for range 50 {
			reviewers.Go(func() {
				if _, err := roles.Describe(t.Context(), secretAccessor); err != nil {
					t.Error(err)
				}
			})
		}
		reviewers.Wait()
		if got := calls(e); got != 1 {
			t.Errorf("50 reviewers asked %d times, want once", got)
		}
	})
}

func TestReader_GivesUpAfterThreeSeconds(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]wire.Fault{
		"hangs":        {Kind: wire.Hang},
		"keeps saying": {Kind: wire.Refuse, Status: http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, roles := startReader(t, emulator.Options{})
				e.Inject(func(wire.Call) wire.Fault { return fault })
				start := time.Now()
				_, err := roles.Describe(t.Context(), secretAccessor)
				var outage *upstream.Outage
				if !errors.As(err, &outage) || outage.Service != "IAM" || outage.Resource != secretAccessor {
					t.Errorf("got %v, want an outage of IAM", err)
				}
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("gave up after %v, want at most 3 s", took)
				}
			})
		})
	}
}

func TestReader_TriesAgainAndKeepsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{FirstUnavailable: true})
		if _, err := roles.Describe(t.Context(), secretAccessor); err != nil {
			t.Errorf("after one 503: %v, want the role", err)
		}
		const unknown = "roles/secretmanager.unheardOf"
		before := calls(e)
		for range 2 {
			_, err := roles.Describe(t.Context(), unknown)
			var outage *upstream.Outage
			if !errors.As(err, &outage) || outage.Permission != "" {
				t.Errorf("%s: %v, want an outage that is no refusal", unknown, err)
			}
		}
		if got := calls(e) - before; got != 2 {
			t.Errorf("an unknown role was asked for %d times in 2, want 2", got)
		}
	})
}

func TestReader_CustomRolesNeedAPermission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, roles := startReader(t, emulator.Options{})
		for name, home := range map[string]string{
			"projects/payments-prod/roles/operator":      "projects/payments-prod",
			"organizations/433637338589/roles/inspector": organization,
		} {
			_, err := roles.Describe(t.Context(), name)
			var outage *upstream.Outage
			if !errors.As(err, &outage) || outage.Permission != "iam.roles.get" || outage.Resource != home {
				t.Errorf("%s: %#v, want iam.roles.get denied on %s", name, err, home)
			}
		}
	})
}

func TestReader_NoNameReachesAnythingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, roles := startReader(t, emulator.Options{})
		for _, name := range []string{
			"", "roles/", "roles/..", "roles/../projects/x", "roles/x/y", "roles/x?view=FULL", "roles/x#", "compute.admin", "Roles/x",
			"projects/../roles/x", "projects/a/b/roles/x", "folders/1/roles/x", "organizations/a/roles/x", "roles/x\n",
		} {
			if _, err := roles.Describe(t.Context(), name); err == nil {
				t.Errorf("%q is described, want an error", name)
			}
		}
		if got := calls(e); got != 0 {
			t.Errorf("IAM was asked %d times, want never", got)
		}
	})
}

func TestReader_ACallerWhoLeavesGetsTheirOwnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, roles := startReader(t, emulator.Options{Latency: 2 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := roles.Describe(ctx, secretAccessor); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}
