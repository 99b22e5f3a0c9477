package iam

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// Source: IAM's discovery document.
const (
	defaultPage = 300
	largestPage = 2000
)

// resourceManager is what the full names of resources of Resource Manager begin with.
const resourceManager = "//cloudresourcemanager.googleapis.com/"

// QueryGrantableRoles lists the roles that a policy of a project, folder or organization can name,
// without their permissions unless the request asks for the full view. Custom roles are among them
// for those who may list them where they were made. Google documents neither a permission for the
// rest nor its errors.
func (s *server) QueryGrantableRoles(ctx context.Context, r *adminpb.QueryGrantableRolesRequest) (*adminpb.QueryGrantableRolesResponse, error) {
	name, ok := strings.CutPrefix(r.GetFullResourceName(), resourceManager)
	if !ok {
		return nil, status.Error(codes.InvalidArgument, "Invalid full resource name: "+r.GetFullResourceName()+".")
	}
	if _, known := s.world.Resolve(name); !known {
		return nil, status.Error(codes.PermissionDenied, "The caller does not have permission")
	}
	var roles []*adminpb.Role
	for _, role := range s.world.GrantableRoles(name) {
		home, _, isCustom := strings.Cut(role.Name, "/roles/")
		if isCustom && !s.world.Allowed(wire.Caller(ctx), "iam.roles.list", home) {
			continue
		}
		described := describe(role)
		if r.GetView() != adminpb.RoleView_FULL {
			described.IncludedPermissions = nil
		}
		roles = append(roles, described)
	}
	page, next, err := query.Page(roles, int(r.GetPageSize()), defaultPage, largestPage, r.GetPageToken())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &adminpb.QueryGrantableRolesResponse{Roles: page, NextPageToken: next}, nil
}
