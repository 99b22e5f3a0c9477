// Package asset serves what Cloud Asset Inventory serves: effective policies of resources, and the
// search of policies and of resources.
//
// Everything is computed from the policies that the index shows, which lags behind. It knows
// organizations, folders, projects and service accounts, and requires what Google requires: the
// caller's permission on the scope. It refuses queries that no client here sends. Analysis of
// policies is not offered.
package asset

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Cloud Asset Inventory is found.
const Host = "cloudasset.googleapis.com"

const (
	resources   = "//cloudresourcemanager.googleapis.com/"
	maxNames    = 20
	defaultPage = 100
	maxPage     = 500
)

type service struct {
	assetpb.UnimplementedAssetServiceServer
	world *world.World
}

// Register puts the service on its API host.
func Register(api *wire.API, w *world.World) {
	assetpb.RegisterAssetServiceServer(api, &service{world: w})
}

// authorize refuses a scope that does not exist, or on which the caller lacks a permission, with
// the same text.
func (s *service) authorize(ctx context.Context, scope string, permissions ...string) error {
	if strings.Count(scope, "/") != 1 {
		return invalid("scope")
	}
	for _, p := range permissions {
		if !s.world.Allowed(wire.Caller(ctx), p, scope) {
			return wire.Denied(Host, p, scope, "Permission '%s' denied on resource '%s' (or it may not exist).", p, resources+scope)
		}
	}
	return nil
}

// invalid is the service's error about a field that it cannot use.
func invalid(field string) error {
	return wire.Detailed(codes.InvalidArgument, &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field}},
	}, "Some specified value(s) are invalid.")
}

// asset is one resource as the inventory describes it.
type asset struct {
	*assetpb.ResourceSearchResult
	resource string // as the world calls it
}

// assetsIn returns the assets at and below the scope whose type matches one of the wanted, which
// are regular expressions; sorted by name.
func (s *service) assetsIn(scope string, types []string) ([]asset, error) {
	wanted, err := regexp.Compile("^(?:" + strings.Join(types, "|") + ")$")
	if err != nil {
		return nil, invalid("asset_types")
	}
	scope, _ = s.world.Resolve(scope)
	var found []asset
	for _, name := range s.world.Resources() {
		if !slices.Contains(s.world.Ancestors(name), scope) {
			continue
		}
		a := s.describe(name)
		if len(types) == 0 || wanted.MatchString(a.GetAssetType()) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b asset) int { return strings.Compare(a.GetName(), b.GetName()) })
	return found, nil
}

// describe makes an asset of a resource that exists.
func (s *service) describe(name string) asset {
	ancestors := s.world.Ancestors(name)
	a := asset{&assetpb.ResourceSearchResult{
		Name: resources + name, AssetType: world.Type(name), Organization: ancestors[len(ancestors)-1], State: "ACTIVE", Location: "global",
	}, name}
	for _, ancestor := range ancestors {
		if strings.HasPrefix(ancestor, "folders/") {
			a.Folders = append(a.Folders, ancestor)
		}
	}
	if len(ancestors) > 1 {
		a.ParentFullResourceName = resources + ancestors[1]
	}
	kind, id, _ := strings.Cut(name, "/")
	project, email, isAccount := strings.Cut(id, "/serviceAccounts/")
	switch {
	case isAccount:
		account, _ := s.world.ServiceAccount(email)
		a.DisplayName = account.DisplayName
		a.Name = "//iam.googleapis.com/projects/" + project + "/serviceAccounts/" + account.UniqueID
		a.AdditionalAttributes = attributes("email", email, "uniqueId", account.UniqueID)
		home, _ := s.world.Project(project)
		a.Project = "projects/" + home.Number
	case kind == "projects":
		p, _ := s.world.Project(id)
		a.DisplayName, a.State, a.Labels = p.DisplayName, p.State, p.Labels
		a.AdditionalAttributes = attributes("projectId", p.ID)
		a.Project = "projects/" + p.Number
	case kind == "folders":
		f, _ := s.world.Folder(id)
		a.DisplayName = f.DisplayName
	default:
		a.DisplayName = s.world.Organization().DisplayName
	}
	return a
}

// attributes are pairs of names and values.
func attributes(pairs ...string) *structpb.Struct {
	made := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for pair := range slices.Chunk(pairs, 2) {
		made.Fields[pair[0]] = structpb.NewStringValue(pair[1])
	}
	return made
}
