package validators

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// number matches the numbers of projects, which are no ids.
var number = regexp.MustCompile(`^[0-9]+$`)

// ProjectID refuses what is not the id of a project, its number too.
func ProjectID(id string) Refusal {
	const summary = "Not a project id"
	if bare, ok := strings.CutPrefix(id, "projects/"); ok {
		return Refuse(summary, fmt.Sprintf("Write the bare id: %q instead of %q.", bare, id))
	}
	if number.MatchString(id) {
		return Refuse(summary, fmt.Sprintf("%q is a project number. Write the project id, such as \"payments-prod\": it is what people see and what activations are recorded under.", id))
	}
	if !eligibility.ProjectCanExist(id) {
		return Refuse(summary, fmt.Sprintf("%q is not a project id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen, such as \"payments-prod\".", id))
	}
	return Refusal{}
}
