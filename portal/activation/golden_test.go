package activation

import (
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// A form that is sent again to a newer version of the portal makes the same request under the same
// id.
func TestAsk_TheIDsOfRequestsStayAsTheyAre(t *testing.T) {
	a := Ask{
		Order: Order{
			Person: "Alice@example.com", Project: "payments-prod", Justification: "CASE-7 failover", Duration: 90 * time.Minute, ID: "mpa-AAAABBBBCCCC-_12",
			Roles: []eligibility.Reference{{Role: admin, ResourceCondition: `resource.name == "x"`, Constraint: eligibility.MultiPartyApproval}},
		},
		Reviewers: []Reviewer{{Email: "carol@example.com"}, {Email: "bob@example.com"}},
	}
	for project, want := range map[string]string{
		"payments-prod":        "mpa-OYhxx1l1s79fqkRi",
		"example.com:payments": "mpa-b3DD_1ZE6UMIIS5b",
	} {
		a.Project = project
		if got := a.contentID(); got != want {
			t.Errorf("on %s the id is %q, want %q", project, got, want)
		}
	}
}
