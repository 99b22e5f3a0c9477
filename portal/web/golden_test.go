package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// People keep addresses, and the links of a page that was open during an update lead to the new
// version.
func TestAddresses_StayAsTheyAre(t *testing.T) {
	s := newScene(t)
	s.access.Activations = []eligibility.Activation{activeNow(s.access.Entitlements[0].Key)}
	s.overview.Projects = []eligibility.ProjectAccess{s.access}
	s.request.admins = []string{alice}
	s.request.holdings = s.access.Activations
	got := map[string][]string{}
	for _, page := range []string{"/", "/projects/" + payments, "/projects/" + payments + "/holdings"} {
		s.get(t, page).Find("main a[href], main form[action], main input[name=role]").Each(func(_ int, e *goquery.Selection) {
			for _, name := range []string{"href", "action", "value"} {
				if value, ok := e.Attr(name); ok && !strings.HasPrefix(value, "https://console.cloud.google.com/") {
					got[page] = append(got[page], value)
				}
			}
		})
	}
	const role = "ARNyb2xlcy9jb21wdXRlLmFkbWluAA1zZWxmLWFwcHJvdmFsAAAAAA"
	want := map[string][]string{
		"/": {
			"/projects/payments-prod", "/projects/payments-prod/activate?role=" + role, "/projects/payments-prod/end?role=" + role,
			"/projects/payments-prod/activate?role=" + role, "/projects/payments-prod",
		},
		"/projects/payments-prod": {
			"/", "/projects/payments-prod/holdings", "/projects/payments-prod/activate", role, "/projects/payments-prod/end?role=" + role,
		},
		"/projects/payments-prod/holdings": {
			"/", "/projects/payments-prod/revoke?id=jit-AAAABBBBCCCC-_12&role=" + role + "&user=alice%40example.com",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

func activeNow(k eligibility.Key) eligibility.Activation {
	return eligibility.Activation{
		Key: k, User: alice, ID: "jit-AAAABBBBCCCC-_12", Description: "Self-approved, justification: CASE-7",
		Window: eligibility.Window{Start: now.Add(-time.Minute), End: now.Add(time.Hour)},
	}
}
