package resourcemanager

import (
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// checkMember refuses a folded member that is malformed, does not exist or cannot have the role.
func (s policies) checkMember(resource, role, member string) error {
	if member == "allUsers" || member == "allAuthenticatedUsers" {
		return invalid("Request contains an invalid argument.")
	}
	kind, value, ok := strings.Cut(member, ":")
	if !ok || value == "" {
		return errMemberForm()
	}
	name, isHeld := memberKinds[kind]
	switch {
	case isHeld && !s.world.Exists(kind, value):
		return invalid("%s %s does not exist.", name, value)
	case !isHeld && !slices.Contains(otherKinds, kind):
		return errMemberForm()
	case kind == "user" && role == "roles/owner" && strings.HasPrefix(resource, "projects/") && !s.world.OwnDomain(value):
		return invalid("Request contains an invalid argument.")
	}
	return nil
}

var (
	memberKinds = map[string]string{"user": "User", "group": "Group", "serviceAccount": "Service account", "domain": "Domain"}
	otherKinds  = []string{"deleted", "projectOwner", "projectEditor", "projectViewer", "principal", "principalSet", "principalHierarchy"}
)

// checkAdded refuses what may stay in a policy but not be added to it: roles that cannot be granted
// here, deleted principals, and those that domain-restricted sharing excludes.
func (s policies) checkAdded(resource string, current, wanted *iampb.Policy) error {
	known := map[string]bool{}
	for _, b := range current.GetBindings() {
		known[bindingKey(b)] = true
		for _, m := range b.GetMembers() {
			known[m] = true
		}
	}
	for _, b := range wanted.GetBindings() {
		if err := s.checkRole(resource, b.GetRole()); err != nil && !known[bindingKey(b)] {
			return err
		}
		for _, m := range b.GetMembers() {
			kind, email, _ := strings.Cut(m, ":")
			switch {
			case known[m]:
			case kind == "deleted":
				return invalid("Request contains an invalid argument.")
			case !s.world.Shareable(kind, email):
				return errSharing(resource, email)
			}
		}
	}
	return nil
}

func errSharing(resource, email string) error {
	return wire.Detailed(codes.FailedPrecondition, &errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
		Type:        "constraints/iam.allowedPolicyMemberDomains",
		Subject:     "orgpolicy:" + resource + "?configvalue=" + email,
		Description: "User " + email + " is not in permitted organization.",
	}}}, "One or more users named in the policy do not belong to a permitted customer.")
}

func errMemberForm() error { return invalid(`Policy members must be of the form "<type>:<value>".`) }
