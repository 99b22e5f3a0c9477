package resourcemanager

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

type (
	organizations struct {
		policies
		unservedOrganizations
	}
	unservedOrganizations struct {
		resourcemanagerpb.UnimplementedOrganizationsServer
	}
)

func (s *organizations) GetOrganization(ctx context.Context, r *resourcemanagerpb.GetOrganizationRequest) (*resourcemanagerpb.Organization, error) {
	organization := s.describe()
	if r.GetName() != organization.GetName() || !s.may(ctx, "get", r.GetName()) {
		return nil, errHidden()
	}
	return organization, nil
}

// SearchOrganizations returns the organization if it matches and the caller may get it.
func (s *organizations) SearchOrganizations(ctx context.Context, r *resourcemanagerpb.SearchOrganizationsRequest) (*resourcemanagerpb.SearchOrganizationsResponse, error) {
	all := []*resourcemanagerpb.Organization{s.describe()}
	found, next, err := search(r, all, func(o *resourcemanagerpb.Organization, q query.Query) bool {
		return q.Match(s.matches) && s.may(ctx, "get", o.GetName())
	})
	return &resourcemanagerpb.SearchOrganizationsResponse{Organizations: found, NextPageToken: next}, err
}

func (s *organizations) matches(t query.Term) bool {
	return strings.EqualFold(t.Field, "domain") &&
		slices.ContainsFunc(s.world.Organization().Domains, func(d string) bool { return query.MatchesText(d, t.Value) })
}

func (s *organizations) describe() *resourcemanagerpb.Organization {
	o := s.world.Organization()
	return &resourcemanagerpb.Organization{
		Name:        "organizations/" + o.Number,
		DisplayName: o.DisplayName,
		CreateTime:  created,
		UpdateTime:  created,
		Owner:       &resourcemanagerpb.Organization_DirectoryCustomerId{DirectoryCustomerId: o.Customer},
		State:       resourcemanagerpb.Organization_ACTIVE,
	}
}
