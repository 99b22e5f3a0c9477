package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

var errHidden = errors.New("permission denied")

// knownNumbers finds one project, and counts how often it is asked.
func knownNumbers(asked *int) projectIDs {
	return func(_ context.Context, number string) (string, error) {
		*asked++
		if number == "500" {
			return "identities", nil
		}
		return "", errHidden
	}
}

func TestGuardedProjects_TheServiceAccountsProjectToo(t *testing.T) {
	t.Parallel()
	for account, want := range map[string][]string{
		"portal@jit-access.iam.gserviceaccount.com": {"jit-access"},
		"portal@identities.iam.gserviceaccount.com": {"jit-access", "identities"},
		// Once a number in the address was not recognised, and its project was not guarded.
		"418-compute@developer.gserviceaccount.com": {"jit-access"},
		"500-compute@developer.gserviceaccount.com": {"jit-access", "identities"},
		"500@cloudservices.gserviceaccount.com":     {"jit-access", "identities"},
		// Once projects of a domain were not recognised.
		"portal@jit.example.com.iam.gserviceaccount.com": {"jit-access", "example.com:jit"},
		"jit.example.com@appspot.gserviceaccount.com":    {"jit-access", "example.com:jit"},
		"identities@appspot.gserviceaccount.com":         {"jit-access", "identities"},
	} {
		var asked int
		got, err := guardedProjects(t.Context(), deployment{Project: "jit-access", Number: "418", ServiceAccount: account}, nil, knownNumbers(&asked))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", account, err, diff)
		}
		if wantAsked := strings.Count(account, "500"); asked != wantAsked {
			t.Errorf("%s: asked %d times for a project, want %d", account, asked, wantAsked)
		}
	}
}

// A portal that cannot tell which project holds its service account would activate roles there.
func TestGuardedProjects_AnUnknownHomeStopsTheStart(t *testing.T) {
	t.Parallel()
	for _, account := range []string{
		"501-compute@developer.gserviceaccount.com", "x-compute@developer.gserviceaccount.com", "-compute@developer.gserviceaccount.com",
		"portal@identities.iam.gserviceaccount.com.example", "portal@.iam.gserviceaccount.com", "portal", "",
	} {
		var asked int
		got, err := guardedProjects(t.Context(), deployment{Project: "jit-access", Number: "418", ServiceAccount: account}, nil, knownNumbers(&asked))
		if err == nil || !strings.Contains(err.Error(), "NAME@PROJECT.iam.gserviceaccount.com") {
			t.Errorf("%s: %v, %v, want an error that says which account to use", account, got, err)
		}
		if asked > 0 && !errors.Is(err, errHidden) {
			t.Errorf("%s: %v hides why the project was not found", account, err)
		}
	}
}

func TestGuardedProjects_ThoseOfTheConfigurationToo(t *testing.T) {
	t.Parallel()
	s, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"GUARDED_PROJECTS": " ci-prod, jit-access,example.com:images ,ci-prod,"})))
	if err != nil {
		t.Fatal(err)
	}
	var asked int
	d := deployment{Project: "jit-access", Number: "418", ServiceAccount: "portal@identities.iam.gserviceaccount.com"}
	got, err := guardedProjects(t.Context(), d, s.Guarded, knownNumbers(&asked))
	if diff := cmp.Diff([]string{"jit-access", "identities", "ci-prod", "example.com:images"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Read(t.Context(), lookupIn(validConfiguration(map[string]string{"GUARDED_PROJECTS": manyProjects(20)}))); err != nil {
		t.Errorf("twenty projects: %v", err)
	}
}

// manyProjects is a list of projects.
func manyProjects(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("project-%02d", i)
	}
	return strings.Join(all, ",")
}

func TestIDsFrom_ReadsTheProjectOfANumber(t *testing.T) {
	t.Parallel()
	const account = "terraform@jit-access.iam.gserviceaccount.com"
	e := emulatortest.Start(t, emulator.Options{FirstUnavailable: true})
	client := &http.Client{Transport: &oauth2.Transport{Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(account)})}}
	manager, err := cloudresourcemanager.NewService(t.Context(), option.WithHTTPClient(client), option.WithEndpoint(e.URL()+"/cloudresourcemanager.googleapis.com/"))
	if err != nil {
		t.Fatal(err)
	}
	project, ok := e.World().Project("payments-prod")
	if !ok {
		t.Fatal("there is no payments-prod")
	}
	ids := idsFrom(manager)
	if got, err := ids(t.Context(), project.Number); got != "payments-prod" || err != nil {
		t.Errorf("project %s is %q, %v, want payments-prod, after the first 503", project.Number, got, err)
	}
	if got, err := ids(t.Context(), "999999999999"); err == nil {
		t.Errorf("a project that does not exist is %q", got)
	}
}
