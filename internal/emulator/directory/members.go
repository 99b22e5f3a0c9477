package directory

import (
	"net/http"
	"slices"
	"strings"

	admin "google.golang.org/api/admin/directory/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// listMembers lists direct members, and with includeDerivedMembership also everybody in the groups
// among them, however deep. The groups themselves are listed too.
func (d directory) listMembers(r *http.Request) (any, error) {
	g, err := d.group(r)
	if err != nil {
		return nil, err
	}
	all := g.Members
	if r.FormValue("includeDerivedMembership") == "true" {
		all = d.derived(g)
	}
	var roles []string
	if text := r.FormValue("roles"); text != "" {
		roles = strings.Split(strings.ToUpper(text), ",")
	}
	var found []*admin.Member
	for _, m := range all {
		if len(roles) == 0 || slices.Contains(roles, m.Role) {
			found = append(found, &admin.Member{Kind: "admin#directory#member", Id: m.ID, Email: m.Email, Role: m.Role, Type: m.Type, Status: m.Status})
		}
	}
	part, next, err := page(found, r)
	if err != nil {
		return nil, err
	}
	return &admin.Members{Kind: "admin#directory#members", Members: part, NextPageToken: next}, nil
}

// derived returns all members, each once: direct ones with their role, the others as plain members.
func (d directory) derived(g world.Group) []world.Member {
	all := slices.Clone(g.Members)
	seen := map[string]bool{g.ID: true}
	for _, m := range all {
		seen[m.ID] = true
	}
	for i := 0; i < len(all); i++ {
		if all[i].Type != "GROUP" {
			continue
		}
		nested, _ := d.world.Group(all[i].Email)
		for _, m := range nested.Members {
			if !seen[m.ID] {
				seen[m.ID], m.Role = true, "MEMBER"
				all = append(all, m)
			}
		}
	}
	return all
}

// hasMember tells whether somebody is in the group, directly or through others. It refuses accounts
// of other domains than the group's; all of the customer's count as one.
func (d directory) hasMember(r *http.Request) (any, error) {
	g, err := d.group(r)
	if err != nil {
		return nil, err
	}
	email, known := d.world.Address(r.PathValue("member"))
	switch {
	case !d.sameDomain(email, g.Email):
		return nil, invalid("memberKey")
	case !known:
		return nil, notFound("memberKey")
	}
	is := slices.ContainsFunc(d.derived(g), func(m world.Member) bool { return m.Email == email || m.Type == "CUSTOMER" })
	return &admin.MembersHasMember{IsMember: is, ForceSendFields: []string{"IsMember"}}, nil
}

func (d directory) sameDomain(a, b string) bool {
	_, domainA, _ := strings.Cut(a, "@")
	_, domainB, _ := strings.Cut(b, "@")
	return domainA == domainB || d.world.OwnDomain(a) && d.world.OwnDomain(b)
}
