package web

import (
	"net/url"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

const homeAddress = "/"

func projectAddress(project string) string { return "/projects/" + url.PathEscape(project) }

func activateAddress(project string, roles ...eligibility.Reference) string {
	return withRoles(projectAddress(project)+"/activate", roles)
}

func activatedAddress(project, id string) string {
	return projectAddress(project) + "/activations/" + url.PathEscape(id)
}

func endAddress(a eligibility.Activation) string {
	return withRoles(projectAddress(a.Project)+"/end", []eligibility.Reference{keyReference(a.Key)})
}

func endedAddress(key eligibility.Key) string {
	return withRoles(projectAddress(key.Project)+"/ended", []eligibility.Reference{keyReference(key)})
}

// keyReference names an activation by its key: what is active needs no evidence,
// and a constraint only because references have one.
func keyReference(k eligibility.Key) eligibility.Reference {
	return eligibility.Reference{Role: k.Role, ResourceCondition: k.ResourceCondition, Constraint: eligibility.SelfApproval}
}

func withRoles(address string, roles []eligibility.Reference) string {
	query := url.Values{}
	for _, r := range roles {
		query.Add(view.FieldRole, r.Encode())
	}
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}
