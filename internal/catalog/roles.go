package catalog

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

const (
	// roleAge is how long a role's description is kept: roles rarely change.
	roleAge = time.Hour
	// rolePatience bounds one description.
	rolePatience = 3 * time.Second
	// rolesKept bounds the memory that descriptions take.
	rolesKept = 500
)

// Roles describes roles as IAM has them. It is safe for concurrent use.
type Roles struct {
	service *iam.Service
	clock   func() time.Time

	mu   sync.Mutex
	kept map[string]described
}

type described struct {
	role eligibility.Role
	at   time.Time
}

// NewRoles asks through a client of IAM v1.
func NewRoles(s *iam.Service, clock func() time.Time) *Roles {
	return &Roles{service: s, clock: clock, kept: map[string]described{}}
}

// Describe returns what IAM says of a role: predefined ones are public, custom
// ones need iam.roles.get where they are defined. What it says is kept for an
// hour.
func (r *Roles) Describe(ctx context.Context, name string) (eligibility.Role, error) {
	if role, ok := r.known(name); ok {
		return role, nil
	}
	ctx, cancel := context.WithTimeout(ctx, rolePatience)
	defer cancel()
	var answer *iam.Role
	var err error
	switch {
	case strings.HasPrefix(name, "projects/"):
		answer, err = r.service.Projects.Roles.Get(name).Context(ctx).Do()
	case strings.HasPrefix(name, "organizations/"):
		answer, err = r.service.Organizations.Roles.Get(name).Context(ctx).Do()
	default:
		answer, err = r.service.Roles.Get(name).Context(ctx).Do()
	}
	if err != nil {
		return eligibility.Role{}, fmt.Errorf("describing %s: %w", name, err)
	}
	role := eligibility.Role{Name: name, Title: answer.Title, Description: answer.Description, Permissions: answer.IncludedPermissions}
	r.keep(role)
	return role, nil
}

func (r *Roles) known(name string) (eligibility.Role, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.kept[name]
	return d.role, ok && r.clock().Sub(d.at) < roleAge
}

func (r *Roles) keep(role eligibility.Role) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) >= rolesKept {
		clear(r.kept)
	}
	r.kept[role.Name] = described{role, r.clock()}
}
