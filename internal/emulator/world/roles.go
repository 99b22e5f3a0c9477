package world

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Role is a role as IAM describes it.
type Role struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Stage       string   `json:"stage"` // ALPHA, BETA, GA, DEPRECATED, DISABLED or EAP
	Permissions []string `json:"permissions"`
	// Lowest is the lowest kind of resource whose policy can name a predefined role: organization,
	// folder, or empty for every kind.
	Lowest string `json:"lowest"`
}

//go:embed roles.json
var rolesFile []byte

// predefined are the predefined roles of every world, each with an excerpt of its permissions. A
// world file can add more.
var predefined = sync.OnceValue(func() map[string]Role {
	var list []Role
	if err := json.Unmarshal(rolesFile, &list); err != nil {
		panic(fmt.Sprintf("reading roles.json: %v", err))
	}
	roles := map[string]Role{}
	for _, r := range list {
		roles[r.Name] = r
	}
	return roles
})

// Role describes a predefined or a custom role; false if there is none of that name.
func (w *World) Role(name string) (Role, bool) {
	r, ok := w.roles[name]
	r.Permissions = slices.Clone(r.Permissions)
	return r, ok
}

// GrantableRoles are the roles that a policy of the resource can name, by name.
func (w *World) GrantableRoles(resource string) []Role {
	var roles []Role
	for _, name := range slices.Sorted(maps.Keys(w.roles)) {
		if w.Grantable(name, resource) {
			role, _ := w.Role(name)
			roles = append(roles, role)
		}
	}
	return roles
}

// Grantable tells whether a policy of the resource can name the role. Custom roles can be named
// where they were made and below. It takes no lock, because roles and resources never change, so
// the decision of UpdatePolicy may call it.
func (w *World) Grantable(name, resource string) bool {
	r, ok := w.roles[name]
	if home, _, isCustom := strings.Cut(name, "/roles/"); isCustom {
		return ok && slices.Contains(w.ancestors(resource), home)
	}
	switch kind, _, _ := strings.Cut(resource, "/"); kind {
	case "organizations":
		return ok
	case "folders":
		return ok && r.Lowest != "organization"
	}
	return ok && r.Lowest == ""
}
