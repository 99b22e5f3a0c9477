package binding_test

import (
	"fmt"
	"slices"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
)

func people(n int, form string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(form, i)
	}
	return all
}

func TestMembers_MoreThanAPolicyCanHoldAreRefused(t *testing.T) {
	t.Parallel()
	for most, test := range map[int]struct{ form, says string }{
		1500: {"user:person%d@example.com", "These are 1501 members; IAM allows 1500"},
		250:  {"group:team%d@example.com", "These are 251 groups; IAM allows 250"},
	} {
		if found := validate(t, but(config{"members": set(people(most, test.form)...)})); len(found) > 0 {
			t.Errorf("%d: got %s, want no diagnostics", most, printed(found))
		}
		says(t, validate(t, but(config{"members": set(people(most+1, test.form)...)})), failure, at("members"), test.says)
	}
}

// The apply failed with a message of Google's, after a plan without a word.
func TestPlan_WarnsWhereThePolicyWouldBeTooLarge(t *testing.T) {
	t.Parallel()
	other := func(members ...string) *iampb.Binding { return &iampb.Binding{Role: "roles/viewer", Members: members} }
	var nineteen, twenty []*iampb.Binding
	for i := range 20 {
		twenty = append(twenty, conditional(fmt.Sprintf("Disk %d", i), "", fmt.Sprintf("%s && resource.name == \"disk-%d\"", marker, i), alice))
	}
	nineteen = twenty[:19]
	others := append(slices.Clone(twenty), conditional("More", "", marker+" && true", bob))
	for i := range 25 {
		others = append(others, conditional(fmt.Sprintf("Bob %d", i), "", fmt.Sprintf("%s && resource.name == \"bob-%d\"", marker, i), bob))
	}
	for name, test := range map[string]struct {
		there []*iampb.Binding
		says  string
	}{
		"1,500 members":          {[]*iampb.Binding{other(people(1499, "user:person%d@example.com")...)}, ""},
		"1,501 members":          {[]*iampb.Binding{other(people(1500, "user:person%d@example.com")...)}, "would have 1501 members, each counted as often as it appears; IAM allows 1500"},
		"twenty of one role":     {nineteen, ""},
		"beside somebody else's": {others, "would have 21 bindings of roles/compute.osAdminLogin to one member; IAM allows 20"},
		"one more than these":    {twenty, "would have 21 bindings of roles/compute.osAdminLogin to one member; IAM allows 20"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.Edit(payments, func(p *iampb.Policy) { p.Bindings, p.AuditConfigs = test.there, nil })()
			found := talk(t, c.Access(administrator)).Plan(valid()).Diagnostics
			if test.says == "" {
				silent(t, name, found)
				return
			}
			says(t, found, warning, at("members"), test.says)
		})
	}
}

func TestPlan_CountsGroupsOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	groups := people(250, "group:team%d@example.com")
	twice := func(role string) *iampb.Binding { return &iampb.Binding{Role: role, Members: groups} }
	c.Edit(payments, func(p *iampb.Policy) { p.Bindings = []*iampb.Binding{twice("roles/viewer"), twice("roles/browser")} })()
	silent(t, "a user", talk(t, c.Access(administrator)).Plan(valid()).Diagnostics)
	says(t, talk(t, c.Access(administrator)).Plan(but(config{"members": set(alice, oncall)})).Diagnostics, warning, at("members"),
		"would have 251 different groups and domains; IAM allows 250")
}
