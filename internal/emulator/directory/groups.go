package directory

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

type group struct {
	Kind               string `json:"kind"`
	ID                 string `json:"id"`
	Email              string `json:"email"`
	Name               string `json:"name"`
	DirectMembersCount int    `json:"directMembersCount,string"`
	AdminCreated       bool   `json:"adminCreated"`
}

func shown(g world.Group) group {
	return group{"admin#directory#group", g.ID, g.Email, g.Name, len(g.Members), true}
}

func (d directory) getGroup(r *http.Request) (any, error) {
	g, err := d.group(r)
	if err != nil {
		return nil, err
	}
	return shown(g), nil
}

type groups struct {
	Kind          string  `json:"kind"`
	Groups        []group `json:"groups,omitempty"`
	NextPageToken string  `json:"nextPageToken,omitempty"`
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
	var found []group
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
	return groups{"admin#directory#groups", part, next}, nil
}

// selection reads the parameters of which one is required; userKey and customer exclude each other.
func (d directory) selection(r *http.Request) (func(world.Group) bool, error) {
	user, customer, domain := r.FormValue("userKey"), r.FormValue("customer"), r.FormValue("domain")
	switch {
	case user != "" && customer != "":
		return nil, errBadRequest
	case user != "":
		email, known := d.address(user)
		if !known && d.ownDomain(email) {
			return nil, notFound("userKey")
		}
		return holds(email), nil
	case customer == "my_customer" || customer == d.world.Customer():
		return func(world.Group) bool { return true }, nil
	case customer != "":
		return nil, errForbidden
	case domain != "":
		if !slices.Contains(d.world.Domains(), strings.ToLower(domain)) {
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

// clause is one term of a query. Several terms in one query are not understood.
var clause = regexp.MustCompile(`^(email|name|memberKey)([=:])('?)([^'*]+)(\*?)('?)$`)

func (d directory) query(text string) (func(world.Group) bool, error) {
	if text == "" {
		return func(world.Group) bool { return true }, nil
	}
	match := clause.FindStringSubmatch(text)
	if match == nil || match[3] != match[6] || match[5] != "" && match[2] == "=" || match[1] == "memberKey" && match[2] == ":" {
		return nil, invalid("query")
	}
	field, value, isPrefix := match[1], strings.ToLower(match[4]), match[5] != ""
	if field == "memberKey" {
		email, _ := d.address(value)
		return holds(email), nil
	}
	return func(g world.Group) bool {
		text := g.Email
		if field == "name" {
			text = strings.ToLower(g.Name)
		}
		return text == value || isPrefix && strings.HasPrefix(text, value)
	}, nil
}
