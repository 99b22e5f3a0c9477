package binding

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// NewSelfApproval is the resource of bindings with self-approval.
func NewSelfApproval() resource.Resource {
	return &binding{
		constraint: eligibility.SelfApproval,
		name:       selfApprovalName,
		description: "Lets users and groups activate a role on their own: with a justification, for a limited time, without anybody's approval. " +
			"The binding itself grants nothing until a member activates the role in the portal.\n\n" + authoritative,
	}
}
