package binding

import (
	"fmt"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

// What IAM lets one policy hold. Source: cloud.google.com/iam/quotas.
const (
	maxMembers      = 1500 // every appearance counts, exempted ones too
	maxGroups       = 250  // groups once, domains every time
	maxSameBindings = 20   // conditional bindings of one role to one member
)

// usage is how much of IAM's limits a policy uses.
type usage struct {
	members, groups int
	same            map[string]int // bindings of the role, by member
}

func usageOf(p *policy.Policy, role string) usage {
	u := usage{same: map[string]int{}}
	groups := map[string]bool{}
	count := func(member string) {
		u.members++
		switch {
		case strings.HasPrefix(member, "domain:"):
			u.groups++
		case strings.HasPrefix(member, "group:"):
			groups[strings.ToLower(member)] = true
		}
	}
	for _, b := range p.Bindings {
		for _, member := range b.Members {
			count(member)
			if b.Role == role {
				u.same[strings.ToLower(member)]++
			}
		}
	}
	for _, c := range p.AuditConfigs {
		for _, l := range c.AuditLogConfigs {
			for _, member := range l.ExemptedMembers {
				count(member)
			}
		}
	}
	u.groups += len(groups)
	return u
}

// mostSame are the most bindings of one member, of those whose number grew.
func (u usage) mostSame(was usage) int {
	most := 0
	for member, n := range u.same {
		if n > was.same[member] {
			most = max(most, n)
		}
	}
	return most
}

// limitWarnings say where a policy would pass a limit that it did not pass before. They are no
// errors, because another resource may make room in the same apply.
func limitWarnings(k key, before, after *policy.Policy) []diagnostics.Warning {
	was, is := usageOf(before, k.role), usageOf(after, k.role)
	var all []diagnostics.Warning
	for _, limit := range []struct {
		was, is, most int
		what, remedy  string
	}{
		{was.members, is.members, maxMembers, "members, each counted as often as it appears", "Name a group instead of its people."},
		{was.groups, is.groups, maxGroups, "different groups and domains", "Name one group that holds the others."},
		{0, is.mostSame(was), maxSameBindings, "bindings of " + k.role + " to one member", "Remove eligible bindings of the role that differ in their resource conditions or titles alone."},
	} {
		if limit.is > limit.most && limit.is > limit.was {
			all = append(all, diagnostics.Warning{Attribute: membersAttribute, Summary: "The policy would be too large", Detail: fmt.Sprintf(
				"The policy of %s would have %d %s; IAM allows %d, and the apply fails unless another resource makes room. %s",
				k.resource, limit.is, limit.what, limit.most, limit.remedy)})
		}
	}
	return all
}
