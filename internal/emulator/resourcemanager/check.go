package resourcemanager

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/proto"
)

// Google's limits on one policy.
const (
	maxMembers     = 1500 // every appearance counts, exempted ones too
	maxGroups      = 250  // groups once, domains every time
	maxSameGrants  = 20   // bindings of one role to one member
	maxTitle       = 100
	maxDescription = 256
)

// check refuses what Google refuses independently of the current policy, and returns the policy to
// store.
func (s policies) check(resource string, p *iampb.Policy) (*iampb.Policy, error) {
	if !validVersion(p.GetVersion()) {
		return nil, invalid("Specified policy version (%d) is invalid.%s", p.GetVersion(), versionsHint)
	}
	checked := proto.Clone(p).(*iampb.Policy)
	for _, b := range checked.GetBindings() {
		if b.GetCondition() != nil && p.GetVersion() < 3 {
			return nil, errVersion(p.GetVersion())
		}
		if err := s.checkBinding(resource, b); err != nil {
			return nil, err
		}
	}
	checked.Bindings = normalize(checked.GetBindings())
	if err := checkLimits(checked); err != nil {
		return nil, err
	}
	return checked, nil
}

func (s policies) checkBinding(resource string, b *iampb.Binding) error {
	if len(b.GetMembers()) == 0 {
		return invalid("Request contains an invalid argument.")
	}
	for _, m := range b.GetMembers() {
		if err := s.checkMember(resource, b.GetRole(), foldMember(m)); err != nil {
			return err
		}
	}
	return s.checkCondition(b)
}

func (s policies) checkRole(resource, role string) error {
	isCustom := strings.HasPrefix(role, "projects/") || strings.HasPrefix(role, "organizations/")
	switch {
	case s.world.Grantable(role, resource):
		return nil
	case isCustom:
		return invalid("Role (%s) does not exist in the resource's hierarchy.", role)
	}
	return invalid("Role %s is not supported for this resource.", role)
}

func (s policies) checkCondition(b *iampb.Binding) error {
	c := b.GetCondition()
	if c == nil {
		return nil
	}
	if slices.Contains([]string{"roles/owner", "roles/editor", "roles/viewer"}, b.GetRole()) {
		return invalid("LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles")
	}
	if c.GetTitle() == "" {
		return invalid("Condition title is required.")
	}
	if err := s.world.CheckCondition(c.GetExpression()); err != nil {
		return invalid("%v", err)
	}
	if s.strict && len([]rune(c.GetTitle())) > maxTitle {
		return invalid("Condition title is longer than %d characters.", maxTitle)
	}
	if s.strict && len([]rune(c.GetDescription())) > maxDescription {
		return invalid("Condition description is longer than %d characters.", maxDescription)
	}
	return nil
}

func checkLimits(p *iampb.Policy) error {
	members, domains, groups, grants := 0, 0, map[string]bool{}, map[string]int{}
	for _, b := range p.GetBindings() {
		for _, m := range b.GetMembers() {
			members++
			switch {
			case strings.HasPrefix(m, "group:"):
				groups[m] = true
			case strings.HasPrefix(m, "domain:"):
				domains++
			}
			if grants[b.GetRole()+" "+m]++; grants[b.GetRole()+" "+m] > maxSameGrants {
				return invalid("The number of bindings with role %s and member %s is larger than the maximum allowed size %d.", b.GetRole(), m, maxSameGrants)
			}
		}
	}
	for _, a := range p.GetAuditConfigs() {
		for _, l := range a.GetAuditLogConfigs() {
			members += len(l.GetExemptedMembers())
		}
	}
	if members > maxMembers {
		return tooMany("members", members, maxMembers)
	}
	if n := len(groups) + domains; n > maxGroups {
		return tooMany("groups", n, maxGroups)
	}
	return nil
}

func tooMany(what string, n, limit int) error {
	return invalid("The number of %s in the policy (%s) is larger than the maximum allowed size %s.", what, grouped(n), grouped(limit))
}

// grouped writes a number with a comma before its thousands.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
