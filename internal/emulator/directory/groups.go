package directory

import (
	"net/http"
	"slices"
	"strings"

	admin "google.golang.org/api/admin/directory/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// listGroups lists the groups of a customer, of a domain or of a direct member that match the
// query.
func (d directory) listGroups(r *http.Request) (any, error) {
	selected, err := d.selector(r)
	if err != nil {
		return nil, err
	}
	matches, err := d.query(r.FormValue("query"))
	if err != nil {
		return nil, err
	}
	var found []*admin.Group
	for _, g := range d.world.Groups() {
		if selected(g) && matches(g) {
			found = append(found, &admin.Group{
				Kind: "admin#directory#group", Id: g.ID, Email: g.Email, Name: g.Name, Aliases: g.Aliases, AdminCreated: true,
				DirectMembersCount: int64(len(g.Members)), ForceSendFields: []string{"DirectMembersCount"},
			})
		}
	}
	if r.FormValue("sortOrder") == "DESCENDING" {
		slices.Reverse(found)
	}
	part, next, err := page(found, r)
	if err != nil {
		return nil, err
	}
	return &admin.Groups{Kind: "admin#directory#groups", Groups: part, NextPageToken: next}, nil
}

// selector reads userKey, customer and domain, of which one is required; the first two exclude each
// other.
func (d directory) selector(r *http.Request) (func(world.Group) bool, error) {
	user, customer, domain := r.FormValue("userKey"), r.FormValue("customer"), r.FormValue("domain")
	switch {
	case user != "" && customer != "":
		return nil, errBadRequest
	case user != "":
		email, known := d.world.Address(user)
		if !known && d.world.OwnDomain(email) {
			return nil, notFound("userKey")
		}
		return hasDirectMember(email), nil
	case customer == "my_customer" || customer == d.world.Organization().Customer:
		return func(g world.Group) bool { return d.world.OwnDomain(g.Email) }, nil
	case customer != "":
		return nil, errForbidden
	case domain != "":
		if !slices.Contains(d.world.Organization().Domains, strings.ToLower(domain)) {
			return nil, notFound("domain")
		}
		return func(g world.Group) bool { return strings.HasSuffix(g.Email, "@"+strings.ToLower(domain)) }, nil
	}
	return nil, errBadRequest
}

func hasDirectMember(email string) func(world.Group) bool {
	return func(g world.Group) bool {
		return slices.ContainsFunc(g.Members, func(m world.Member) bool { return m.Email == email })
	}
}

// query reads the one query that clients send here, memberKey=ADDRESS, with a backslash before each
// quote.
func (d directory) query(text string) (func(world.Group) bool, error) {
	if text == "" {
		return func(world.Group) bool { return true }, nil
	}
	key, ok := strings.CutPrefix(text, "memberKey=")
	if !ok || strings.ContainsAny(strings.ReplaceAll(key, `\'`, ""), ` '*\`) {
		return nil, invalid("query")
	}
	email, _ := d.world.Address(strings.ReplaceAll(key, `\'`, "'"))
	return hasDirectMember(email), nil
}
