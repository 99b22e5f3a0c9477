package web

import (
	"net/url"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

// Addresses that stand in bookmarks and on open pages; golden_test.go pins them. Whatever comes
// from outside is escaped, so that no address leads off the portal.

const homeAddress = "/"

func projectAddress(project string) string { return "/projects/" + url.PathEscape(project) }

func activateAddress(project string) string { return projectAddress(project) + "/activate" }

func requestAddress(token string) string { return "/requests/" + url.PathEscape(token) }

func askAddress(project string) string { return projectAddress(project) + "/request" }

func holdingsAddress(project string) string { return projectAddress(project) + "/holdings" }

func activatedAddress(project, id string) string {
	return projectAddress(project) + "/activations/" + url.PathEscape(id)
}

func endAddress(a eligibility.Activation) string {
	return withRole(projectAddress(a.Project())+"/end", keyReference(a.Key).Encode())
}

func endedAddress(key eligibility.Key) string {
	return withRole(projectAddress(key.Project())+"/ended", keyReference(key).Encode())
}

// formAddress is the address of the form that activates an entitlement or requests it, or "" for an
// entitlement that is closed.
func formAddress(e eligibility.Entitlement) string {
	return formAddressWith(e, e.Reference().Encode())
}

// formAddressWith is formAddress for an entitlement whose reference is encoded already.
func formAddressWith(e eligibility.Entitlement, reference string) string {
	form := activateAddress
	if e.Constraint == eligibility.MultiPartyApproval {
		form = askAddress
	}
	if e.Closed != "" {
		return ""
	}
	return withRole(form(e.Project()), reference)
}

// keyReference names an activation by its key. A reference has to have a constraint, but that of an
// activation is not known and nobody reads it here.
func keyReference(k eligibility.Key) eligibility.Reference {
	return eligibility.Reference{Role: k.Role, ResourceCondition: k.ResourceCondition, Constraint: eligibility.SelfApproval}
}

// withRole adds an encoded reference to an address. References are base64url, so there is nothing
// to escape.
func withRole(address, reference string) string {
	return address + "?" + view.FieldRole + "=" + reference
}
