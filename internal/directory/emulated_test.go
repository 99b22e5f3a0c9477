package directory_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/directory"
	emulated "github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/directory"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// startDirectory returns the demo's world and a directory that asks its emulation as the caller.
func startDirectory(t *testing.T, caller string) (*world.World, *directory.Directory) {
	t.Helper()
	w, err := world.Parse("demo.json", world.Demo(), world.Options{})
	if err != nil {
		t.Fatal(err)
	}
	front := wire.New(wire.Options{Clock: w.Now, Caller: w.Caller})
	front.Handle("admin.googleapis.com", emulated.New(w))
	server := httptest.NewUnstartedServer(nil)
	server.Config = front.HTTP()
	server.Start()
	t.Cleanup(server.Close)
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: w.Token(caller)})
	s, err := admin.NewService(t.Context(), option.WithEndpoint(server.URL+"/admin.googleapis.com/"), option.WithTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	return w, directory.New(s, "")
}

const portal = "portal@jit-access.iam.gserviceaccount.com"

func TestHasMember_InTheEmulatedDirectory(t *testing.T) {
	t.Parallel()
	w, d := startDirectory(t, portal)
	// Somebody of another domain, in a group within a group, after the first page.
	for i := range 250 {
		addMember(t, w, "sre-emea@example.com", fmt.Sprintf("person-%03d@partner.example", i))
	}
	addMember(t, w, "sre-emea@example.com", "yann@partner.example")
	tests := []struct {
		group, email string
		found        bool
		err          error
	}{
		{"oncall@example.com", "carol@example.com", true, nil},
		{"oncall@example.com", "alice@example.com", true, nil}, // oncall, sre, sre-emea
		{"OnCall@Example.com", "Alice@Example.com", true, nil},
		{"oncall@example.com", "frank@example.com", false, nil},
		{"sre@example.com", "carol@example.com", false, nil},
		{"data@example.com", "zoe@partner.example", true, nil},
		{"security@example.com", "zoe@partner.example", false, nil},
		{"oncall@example.com", "yann@partner.example", true, nil},
		{"oncall@example.com", "nobody@example.com", false, nil},
		{"none@example.com", "alice@example.com", false, directory.ErrUnreadable},
		{"none@example.com", "zoe@partner.example", false, directory.ErrUnreadable},
	}
	for _, tt := range tests {
		found, err := d.HasMember(t.Context(), tt.group, tt.email)
		if found != tt.found || !errors.Is(err, tt.err) {
			t.Errorf("%s in %s: got %v, %v, want %v, %v", tt.email, tt.group, found, err, tt.found, tt.err)
		}
	}
}

func addMember(t *testing.T, w *world.World, group, email string) {
	t.Helper()
	w.AddUser(email, email)
	if err := w.AddMember(group, email); err != nil {
		t.Fatal(err)
	}
}

func TestHasMember_SomebodyWhoMayNotReadLearnsNothing(t *testing.T) {
	t.Parallel()
	_, d := startDirectory(t, "alice@example.com")
	for _, email := range []string{"alice@example.com", "zoe@partner.example"} {
		if found, err := d.HasMember(t.Context(), "oncall@example.com", email); found || !errors.Is(err, directory.ErrUnreadable) {
			t.Errorf("%s: got %v, %v, want ErrUnreadable", email, found, err)
		}
	}
}

// Whoever decides by the climb alone takes a role from alice that she has by the partner's group.
func TestGroupsOf_DoesNotKnowAPartnersGroupThatHasMemberKnows(t *testing.T) {
	t.Parallel()
	w, d := startDirectory(t, portal)
	w.AddGroup("ops@example.com", "operations@example.com")
	w.AddGroup("team@partner.example")
	for _, group := range []string{"ops@example.com", "team@partner.example"} {
		addMember(t, w, group, "alice@example.com")
		if found, err := d.HasMember(t.Context(), group, "alice@example.com"); !found || err != nil {
			t.Errorf("alice in %s: got %t, %v; want that she is", group, found, err)
		}
	}
	theirs, err := d.GroupsOf(t.Context(), "alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	known, err := d.CustomerGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]string{"of alice": theirs, "of the customer": known} {
		if !slices.Contains(list, "operations@example.com") || slices.Contains(list, "team@partner.example") {
			t.Errorf("the groups %s are %v, want the alias of ops and not the partner's", name, list)
		}
	}
}

func TestGroupsOf_AgreesWithHasMemberInTheEmulatedDirectory(t *testing.T) {
	t.Parallel()
	_, d := startDirectory(t, portal)
	for email, want := range map[string][]string{
		"Alice@Example.com":   {"oncall@example.com", "payments@example.com", "sre-emea@example.com", "sre@example.com"},
		"zoe@partner.example": {"data@example.com"},
		"nobody@example.com":  nil,
	} {
		got, err := d.GroupsOf(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("groups of %s (-want +got):\n%s", email, diff)
		}
		for _, group := range got {
			if found, err := d.HasMember(t.Context(), group, email); !found || err != nil {
				t.Errorf("%s is in %s from below, and from above: %t, %v", email, group, found, err)
			}
		}
	}
}

// Whoever has a quote in their address was in no group, from below.
func TestGroupsOf_KnowsAddressesWithAnApostrophe(t *testing.T) {
	t.Parallel()
	w, d := startDirectory(t, portal)
	addMember(t, w, "payments@example.com", "o'neil@example.com")
	got, err := d.GroupsOf(t.Context(), "o'neil@example.com")
	if err != nil || !slices.Contains(got, "payments@example.com") {
		t.Errorf("groups = %v, %v", got, err)
	}
}
