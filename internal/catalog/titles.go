package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// titlesFor are the titles of the roles that may be a person's: those of conditional bindings that
// name the person, or a group.
func (c *Catalog) titlesFor(ctx context.Context, bindings []eligibility.BindingAt, person eligibility.Person) map[string]string {
	if c.titles == nil {
		return nil
	}
	var roles []string
	for _, b := range bindings {
		if b.Binding.Condition != nil && len(roles) < maxParallel && !slices.Contains(roles, b.Binding.Role) && mayNamePerson(b.Binding, person) {
			roles = append(roles, b.Binding.Role)
		}
	}
	return c.titles.Titles(quota.Shared(ctx), roles)
}

func mayNamePerson(b eligibility.Binding, person eligibility.Person) bool {
	return slices.ContainsFunc(b.Members, func(member string) bool {
		return strings.HasPrefix(member, string(eligibility.Group)+":") || strings.EqualFold(member, string(eligibility.User)+":"+person.Email)
	})
}
