package binding

import (
	"fmt"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// markers are what this provider, and no practitioner, writes into a condition.
var markers = []string{"jitAccessConstraint", "multiPartyApprovalConstraint", "jitAccessTerms"}

// refuseCondition refuses resource conditions that could not be carried into an activation.
func refuseCondition(expression string) validators.Refusal {
	if strings.TrimSpace(expression) == "" {
		return validators.Refuse("Empty resource condition", "Remove the attribute to make the role eligible on everything below the project, folder or organization. An empty condition is more often a variable that was not set.")
	}
	for _, marker := range markers {
		if strings.Contains(strings.ToLower(expression), strings.ToLower(marker)) {
			return validators.Refuse("A marker in the resource condition", fmt.Sprintf("The provider writes the markers of an eligible binding by itself. Remove the part with %q and keep what narrows the role, such as resource.name.startsWith(\"projects/payments-prod/zones/europe-west1-b/\").", marker))
		}
	}
	if _, err := eligibility.Canonical(expression); err != nil {
		return validators.Refuse("The resource condition does not compile", "It is no condition that IAM would take; see https://cloud.google.com/iam/docs/conditions-attribute-reference.\n\n"+diagnostics.Sentence(err))
	}
	if r := refuseOperators(expression); r != (validators.Refusal{}) {
		return r
	}
	if _, err := eligibility.WriteEligible(eligibility.SelfApproval, expression); err != nil {
		return validators.Refuse("The resource condition cannot be used", diagnostics.Sentence(err))
	}
	return validators.Refusal{}
}

func refuseOperators(expression string) validators.Refusal {
	const most = eligibility.MaxOperators - eligibility.ActivationOperators
	n, err := eligibility.Operators(expression)
	if err != nil || n <= most {
		return validators.Refusal{}
	}
	return validators.Refuse("The resource condition is too complex", fmt.Sprintf("It has %d logical operators (&&, || and !). IAM allows %d in a condition, and an activation needs %d of them for its time window, which leaves %d. Split the binding in several resources, or group the resources by tags and use resource.matchTag.",
		n, eligibility.MaxOperators, eligibility.ActivationOperators, most))
}
