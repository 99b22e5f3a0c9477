package binding

import (
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// standing is what a policy holds of the members of one key.
type foundMembers struct {
	members []eligibility.Principal // once each, in the policy's order
	texts   []text                  // those under which they stand, once each, in the policy's order
	deleted []eligibility.Principal // asked for, but there only as a deleted principal
}

// standing finds the wanted members, or every user and group if wanted is nil,
// in the bindings of the key.
func (k key) foundMembers(p *policy.Policy, wanted []eligibility.Principal) foundMembers {
	var s foundMembers
	for _, b := range p.Bindings {
		t, ok := k.read(b)
		if !ok {
			continue
		}
		requestedID := wanted
		if wanted == nil {
			requestedID = principals(b.Members)
		}
		found := among(b.Members, requestedID)
		s.members = append(s.members, without(found, s.members)...)
		if len(found) > 0 && !slices.Contains(s.texts, t) {
			s.texts = append(s.texts, t)
		}
		s.deleted = append(s.deleted, without(among(deletedMembers(b.Members), wanted), s.deleted)...)
	}
	s.deleted = without(s.deleted, s.members)
	return s
}

// shown is the text to compare with the configuration: one that differs from
// what Terraform knows if any does, so that the next plan moves the members.
func (s foundMembers) shownText(known text) text {
	for _, t := range s.texts {
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

// undeleted turns "deleted:user:alice@example.com?uid=1", as IAM shows a
// member whose account was deleted, into the member that was there before.
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
