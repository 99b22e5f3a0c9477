package world

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
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
}

//go:embed roles.json
var rolesFile []byte

// described are the predefined roles that have a description here, each with
// an excerpt of its permissions. Every other predefined role exists, and
// carries no permission.
var described = sync.OnceValue(func() map[string]Role {
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

// aboveProjects are roles that a project's policy cannot name.
var aboveProjects = regexp.MustCompile(`^roles/(resourcemanager\.(organization|folder|projectCreator)|iam\.organizationRole|billing\.(admin|creator)$|orgpolicy\.|accesscontextmanager\.)`)

var predefined = regexp.MustCompile(`^roles/([a-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+|owner|editor|viewer|browser)$`)

// Grantable tells whether a predefined role exists and can stand in a policy
// of the resource.
func Grantable(role, resource string) bool {
	return predefined.MatchString(role) &&
		(!strings.HasPrefix(resource, "projects/") || !aboveProjects.MatchString(role))
}

// CustomRole tells whether a custom role exists that a policy of the resource
// can name: one of the organization, or of the project itself.
func (w *World) CustomRole(role, resource string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.customRoles[role]; !ok {
		return false
	}
	home, _, _ := strings.Cut(role, "/roles/")
	return slices.Contains(w.ancestors(resource), home)
}

// Role describes a custom role of the world, or a predefined role that has a
// description; false for every other.
func (w *World) Role(name string) (Role, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.role(name)
	r.Permissions = slices.Clone(r.Permissions)
	return r, ok
}

func (w *World) role(name string) (Role, bool) {
	if r, ok := w.customRoles[name]; ok {
		return r, true
	}
	r, ok := described()[name]
	return r, ok
}

func (w *World) includes(name, permission string) bool {
	r, _ := w.role(name)
	return slices.Contains(r.Permissions, permission)
}
