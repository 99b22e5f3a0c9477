package binding

import (
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// foundMembers are members of one key in a policy.
type foundMembers struct {
	members  []eligibility.Principal // once each, in the policy's order
	wordings []wording               // of their bindings, once each, in the policy's order
	deleted  []eligibility.Principal // wanted, but there only as a deleted principal
}

// find looks for the wanted members, or for every user and group if wanted is nil, in the bindings
// of the key.
func (k key) find(p *policy.Policy, wanted []eligibility.Principal) foundMembers {
	var s foundMembers
	for _, b := range p.Bindings {
		t, ok := k.read(b)
		if !ok {
			continue
		}
		looked := wanted
		if wanted == nil {
			looked = principals(b.Members)
		}
		found := among(b.Members, looked)
		s.members = append(s.members, without(found, s.members)...)
		if len(found) > 0 && !slices.Contains(s.wordings, t) {
			s.wordings = append(s.wordings, t)
		}
		s.deleted = append(s.deleted, without(among(deletedMembers(b.Members), wanted), s.deleted)...)
	}
	s.deleted = without(s.deleted, s.members)
	return s
}

// stateWording is the wording for the state: one that differs from what Terraform knows, if any
// does, so that the next plan moves the members.
func (s foundMembers) stateWording(known wording) wording {
	for _, t := range s.wordings {
		if t != known {
			return t
		}
	}
	return known
}

// principals are the users and groups among the members of a binding.
func principals(members []string) []eligibility.Principal {
	var all []eligibility.Principal
	for _, s := range members {
		if who, err := eligibility.ParsePrincipal(s); err == nil {
			all = append(all, who)
		}
	}
	return all
}

// deletedMembers are the former names of members whose accounts were deleted: of
// "deleted:user:alice@example.com?uid=1" it is "user:alice@example.com".
func deletedMembers(members []string) []string {
	var all []string
	for _, s := range members {
		if rest, ok := strings.CutPrefix(s, "deleted:"); ok {
			name, _, _ := strings.Cut(rest, "?uid=")
			all = append(all, name)
		}
	}
	return all
}
