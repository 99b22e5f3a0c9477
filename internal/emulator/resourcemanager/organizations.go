package resourcemanager

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

type organizations struct {
	resourcemanagerpb.UnimplementedOrganizationsServer
	world    *world.World
	policies policies
}

func (s *organizations) GetOrganization(ctx context.Context, r *resourcemanagerpb.GetOrganizationRequest) (*resourcemanagerpb.Organization, error) {
	if !s.world.Allowed(wire.Caller(ctx), "resourcemanager.organizations.get", r.GetName()) {
		return nil, errHidden()
	}
	return s.describe(), nil
}

// SearchOrganizations finds the organization if the caller may get it.
func (s *organizations) SearchOrganizations(ctx context.Context, r *resourcemanagerpb.SearchOrganizationsRequest) (*resourcemanagerpb.SearchOrganizationsResponse, error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil {
		return nil, invalid("Invalid query: %v.", err)
	}
	answer := &resourcemanagerpb.SearchOrganizationsResponse{}
	if q.Match(s.matches) && s.world.Allowed(wire.Caller(ctx), "resourcemanager.organizations.get", s.name()) {
		answer.Organizations = []*resourcemanagerpb.Organization{s.describe()}
	}
	return answer, nil
}

func (s *organizations) matches(t query.Term) bool {
	switch strings.ToLower(t.Field) {
	case "domain":
		return slices.ContainsFunc(s.world.Domains(), func(d string) bool { return query.Text(d, t.Value) })
	case "directorycustomerid", "owner.directorycustomerid":
		return query.Text(s.world.Customer(), t.Value)
	}
	return false
}

func (s *organizations) name() string { return "organizations/" + s.world.Organization() }

func (s *organizations) describe() *resourcemanagerpb.Organization {
	return &resourcemanagerpb.Organization{
		Name:        s.name(),
		DisplayName: s.world.OrganizationName(),
		Owner:       &resourcemanagerpb.Organization_DirectoryCustomerId{DirectoryCustomerId: s.world.Customer()},
		State:       resourcemanagerpb.Organization_ACTIVE,
	}
}

func (s *organizations) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.get(ctx, r)
}

func (s *organizations) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.set(ctx, r)
}

func (s *organizations) TestIamPermissions(ctx context.Context, r *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	return s.policies.test(ctx, r)
}
