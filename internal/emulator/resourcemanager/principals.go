package resourcemanager

import (
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func (s policies) checkPredefined(resource, role string) error {
	if !world.Grantable(role, resource) {
		return invalid("Role %s is not supported for this resource.", role)
	}
	return nil
}

// checkMember refuses a folded member that is malformed, does not exist or
// cannot have the role.
func (s policies) checkMember(resource, role, member string) error {
	if member == "allUsers" || member == "allAuthenticatedUsers" {
		return invalid("Request contains an invalid argument.")
	}
	kind, value, ok := strings.Cut(member, ":")
	if !ok || value == "" {
		return errForm()
	}
	switch kind {
	case "user":
		return s.checkUser(resource, role, value)
	case "group":
		return exists(s.world.GroupExists(value), "Group", value)
	case "serviceAccount":
		_, ok := s.world.ServiceAccount(value)
		return exists(ok, "Service account", value)
	case "domain":
		return exists(s.knownDomain(value), "Domain", value)
	case "deleted", "projectOwner", "projectEditor", "projectViewer", "principal", "principalSet", "principalHierarchy":
		return nil
	}
	return errForm()
}

func (s policies) checkUser(resource, role, email string) error {
	if err := exists(s.world.UserExists(email), "User", email); err != nil {
		return err
	}
	_, domain, _ := strings.Cut(email, "@")
	if role == "roles/owner" && strings.HasPrefix(resource, "projects/") && !slices.Contains(s.world.Domains(), domain) {
		return invalid("Request contains an invalid argument.")
	}
	return nil
}

// knownDomain tells whether the domain is the customer's, or that of another
// person of the world.
func (s policies) knownDomain(domain string) bool {
	return slices.Contains(s.world.Domains(), domain) ||
		slices.ContainsFunc(s.world.Users(), func(u string) bool { return strings.HasSuffix(u, "@"+domain) })
}

func exists(ok bool, kind, value string) error {
	if !ok {
		return invalid("%s %s does not exist.", kind, value)
	}
	return nil
}

func errForm() error { return invalid(`Policy members must be of the form "<type>:<value>".`) }
