package binding

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// NewMultiPartyApproval is the resource of bindings with approval by a peer.
func NewMultiPartyApproval() resource.Resource {
	return &binding{
		constraint: eligibility.MultiPartyApproval,
		name:       multiPartyApprovalName,
		description: "Lets users and groups activate a role once a peer has approved: with a justification, for a limited time. " +
			"Whoever is eligible for the same role under the same resource condition is a peer, so the members approve one another's requests; nobody approves their own. " +
			"The binding itself grants nothing until a request is approved in the portal.\n\n" + authoritative,
	}
}
