// Package iam describes roles as IAM v1 does, and lists those that a policy can name.
//
// It knows predefined roles, by an excerpt of their permissions that anyone may see, and the custom
// roles of a world, which are for those who have iam.roles.get where the role was made, or
// iam.roles.list for lists. It refuses names that no role can have. Nothing else of IAM v1 is
// implemented. It changes nothing.
package iam

import (
	"context"
	"regexp"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where IAM v1 is found.
const Host = "iam.googleapis.com"

type server struct{ world *world.World }

// Register puts the service on its API host. The generated code registers with a grpc.Server only,
// and does not export its description.
func Register(api *wire.API, w *world.World) {
	api.RegisterService(&grpc.ServiceDesc{
		ServiceName: "google.iam.admin.v1.IAM",
		Methods: []grpc.MethodDesc{
			{MethodName: "GetRole", Handler: getRole},
			{MethodName: "QueryGrantableRoles", Handler: queryGrantableRoles},
		},
	}, &server{w})
}

func getRole(impl any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is that of grpc.MethodDesc
	request := new(adminpb.GetRoleRequest)
	if err := decode(request); err != nil {
		return nil, err
	}
	return impl.(*server).GetRole(ctx, request)
}

func queryGrantableRoles(impl any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is that of grpc.MethodDesc
	request := new(adminpb.QueryGrantableRolesRequest)
	if err := decode(request); err != nil {
		return nil, err
	}
	return impl.(*server).QueryGrantableRoles(ctx, request)
}

var roleName = regexp.MustCompile(`^(?:(?:projects|organizations)/[^/]+/)?roles/[A-Za-z0-9_.]+$`)

// GetRole describes a role. Whoever may not see a custom role gets the same error whether it exists
// or not.
func (s *server) GetRole(ctx context.Context, r *adminpb.GetRoleRequest) (*adminpb.Role, error) {
	name := r.GetName()
	if !roleName.MatchString(name) {
		return nil, status.Error(codes.InvalidArgument, `The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".`)
	}
	home, _, isCustom := strings.Cut(name, "/roles/")
	if isCustom && !s.world.Allowed(wire.Caller(ctx), "iam.roles.get", home) {
		return nil, status.Errorf(codes.PermissionDenied, "You don't have permission to get the role at %s.", name)
	}
	role, ok := s.world.Role(name)
	if !ok {
		return nil, status.Errorf(codes.NotFound, "The role named %s was not found.", name)
	}
	return describe(role), nil
}

func describe(r world.Role) *adminpb.Role {
	described := &adminpb.Role{
		Name:                r.Name,
		Title:               r.Title,
		Description:         r.Description,
		IncludedPermissions: r.Permissions,
		Stage:               adminpb.Role_RoleLaunchStage(adminpb.Role_RoleLaunchStage_value[r.Stage]),
	}
	if strings.HasPrefix(r.Name, "roles/") {
		described.Etag = []byte{0} // of every role that nobody can change
	}
	return described
}
