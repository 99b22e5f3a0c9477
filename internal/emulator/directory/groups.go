package directory

import (
	"net/http"
	"slices"
	"strings"

	admin "google.golang.org/api/admin/directory/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

func shown(g world.Group) *admin.Group {
	return &admin.Group{
		Kind: "admin#directory#group", Id: g.ID, Email: g.Email, Name: g.Name, DirectMembersCount: int64(len(g.Members)), AdminCreated: true,
		ForceSendFields: []string{"DirectMembersCount"},
	}
}

// listGroups lists the groups of a customer, of a domain or of a direct member, and of those what the query asks for.
func (d directory) listGroups(r *http.Request) (any, error) {
	selected, err := d.selection(r)
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
			found = append(found, shown(g))
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

// selection reads the parameters of which one is required; userKey and customer exclude each other.
func (d directory) selection(r *http.Request) (func(world.Group) bool, error) {
	user, customer, domain := r.FormValue("userKey"), r.FormValue("customer"), r.FormValue("domain")
	switch {
	case user != "" && customer != "":
		return nil, errBadRequest
	case user != "":
		email, known := d.world.Address(user)
		if !known && d.world.OwnDomain(email) {
			return nil, notFound("userKey")
		}
		return holds(email), nil
	case customer == "my_customer" || customer == d.world.Organization().Customer:
		return func(world.Group) bool { return true }, nil
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

func holds(email string) func(world.Group) bool {
	return func(g world.Group) bool {
		return slices.ContainsFunc(g.Members, func(m world.Member) bool { return m.Email == email })
	}
}

// query reads the one query that clients send here, memberKey=ADDRESS.
func (d directory) query(text string) (func(world.Group) bool, error) {
	if text == "" {
		return func(world.Group) bool { return true }, nil
	}
	key, ok := strings.CutPrefix(text, "memberKey=")
	if !ok || strings.ContainsAny(key, " '*") {
		return nil, invalid("query")
	}
	email, _ := d.world.Address(key)
	return holds(email), nil
}
