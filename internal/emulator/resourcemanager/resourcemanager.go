// Package resourcemanager serves projects, folders and organizations, their search, and their allow
// policies, as Cloud Resource Manager does.
//
// It knows what Google checks when a policy is written (etag, version, members, roles, conditions,
// limits) and the texts of its errors. It returns policies as it stores them: members in lower
// case, bindings of the same role and condition merged, everything sorted. It serves version 3, and
// of version 1 what Google's Terraform provider reads of projects and organizations.
package resourcemanager

import (
	"time"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Resource Manager is found.
const Host = "cloudresourcemanager.googleapis.com"

// Register puts the service on its API host. A strict one refuses condition titles over 100
// characters and descriptions over 256; Google documents neither limit.
func Register(api *wire.API, w *world.World, strict bool) {
	p := policies{w, strict}
	resourcemanagerpb.RegisterProjectsServer(api, &projects{policies: p})
	resourcemanagerpb.RegisterFoldersServer(api, &folders{policies: p})
	resourcemanagerpb.RegisterOrganizationsServer(api, &organizations{policies: p})
	registerV1(api)
}

// created is when everything was created and last changed.
var created = timestamppb.New(time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC))

// errHidden is the error about everything that the caller may not see, whether it exists or not.
func errHidden() error {
	return status.Error(codes.PermissionDenied, "The caller does not have permission")
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
