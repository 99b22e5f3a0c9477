package iamrole

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/iam/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/memo"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/restcall"
)

const (
	// maxRoleAge bounds how old a role's description may be: Google changes predefined roles every
	// few days, administrators their own now and then.
	maxRoleAge = time.Hour
	// maxRoles bounds the memory that descriptions take.
	maxRoles = 200
)

// Reader knows what roles let their holders do, from IAM. Its methods may be called concurrently.
type Reader struct {
	service *iam.Service
	roles   *memo.Cache[string, Role]
	titles  *titles
}

// NewReader asks through a client of IAM. A nil clock is time.Now.
func NewReader(s *iam.Service, clock func() time.Time) *Reader {
	if clock == nil {
		clock = time.Now
	}
	r := &Reader{service: s, roles: memo.New[string, Role](clock, maxRoles, maxRoleAge)}
	r.titles = &titles{fetch: r.title, clock: clock, cache: memo.New[string, string](clock, maxTitles, maxRoleAge)}
	return r
}

// validName is true for names of roles that IAM can be asked about.
func validName(role string) bool { return eligibility.RoleName(role) && restcall.SafeInPath(role) }

// Describe returns the title, description and permissions of a role, at most an hour old. Many
// callers share the permissions: never modify them. It gives up after 3 s. The error is an
// [*upstream.Outage] where IAM does not answer, does not know the role (404) or does not let the
// caller see a custom role (403), and the context's error when the caller leaves.
func (r *Reader) Describe(ctx context.Context, name string) (Role, error) {
	if !validName(name) {
		return Role{}, fmt.Errorf("describing role %q: not the name of a role", name)
	}
	return r.roles.Get(ctx, name, func(ctx context.Context) (Role, error) { return r.ask(ctx, name) })
}

func (r *Reader) ask(ctx context.Context, name string) (Role, error) {
	owner, _, _ := eligibility.CutRole(name) // a predefined role has none
	target := restcall.Target{Service: "IAM", Permission: "iam.roles.get", Resource: cmp.Or(owner, name)}
	role, err := restcall.Do(ctx, target, func(ctx context.Context) (*iam.Role, error) { return r.get(ctx, name) })
	if err != nil {
		return Role{}, err
	}
	return Role{
		Name:        name,
		Title:       role.Title,
		Description: role.Description,
		Permissions: role.IncludedPermissions,
	}, nil
}

// get asks by the method for where the role was made.
func (r *Reader) get(ctx context.Context, name string, options ...googleapi.CallOption) (*iam.Role, error) {
	switch {
	case strings.HasPrefix(name, "projects/"):
		return r.service.Projects.Roles.Get(name).Context(ctx).Do(options...)
	case strings.HasPrefix(name, "organizations/"):
		return r.service.Organizations.Roles.Get(name).Context(ctx).Do(options...)
	}
	return r.service.Roles.Get(name).Context(ctx).Do(options...)
}
