// Package asset answers as Cloud Asset Inventory does: effective policies of
// resources, and the search of policies and of resources.
//
// Everything is computed from the policies of the world as the index shows
// them, which is behind. It knows organizations, folders, projects and
// service accounts, the queries that Google documents for them, and needs
// what Google needs: the caller's permission on the scope. Analysis of
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

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Cloud Asset Inventory is found.
const Host = "cloudasset.googleapis.com"

const (
	resources    = "//cloudresourcemanager.googleapis.com/"
	maxNames     = 20
	standardPage = 100
	maxPage      = 500
)

type service struct {
	assetpb.UnimplementedAssetServiceServer
	world *world.World
}

// Register puts the service on its API host.
func Register(api *wire.API, w *world.World) {
	assetpb.RegisterAssetServiceServer(api, &service{world: w})
}

// authorize refuses a scope that does not exist, or on which the caller lacks
// a permission, with the same words. It returns the scope's name.
func (s *service) authorize(ctx context.Context, scope string, permissions ...string) (string, error) {
	name, ok := s.world.Resolve(scope)
	if strings.Contains(scope, "/serviceAccounts/") || strings.Count(scope, "/") != 1 {
		return "", invalid("scope")
	}
	for _, p := range permissions {
		if !ok || !s.world.Allowed(wire.Caller(ctx), p, name) {
			return "", wire.Denied(Host, p, scope, "Permission '%s' denied on resource '%s' (or it may not exist).", p, resources+scope)
		}
	}
	return name, nil
}

// invalid is what the service says of a field that it cannot use.
func invalid(field string) error {
	return wire.Detailed(codes.InvalidArgument, &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field}},
	}, "Some specified value(s) are invalid.")
}

// asset is one resource as the inventory describes it.
type asset struct {
	name, kind   string // full name, asset type
	resource     string // as the world calls it
	project      string // projects/NUMBER
	folders      []string
	organization string
	parent       string // full name
	displayName  string
	state        string
	labels       map[string]string
	attributes   map[string]string
}

// within returns the assets at and below the scope whose type is one of the
// wanted, sorted by name.
func (s *service) within(scope string, types []string) ([]asset, error) {
	wanted, err := typeFilter(types)
	if err != nil {
		return nil, err
	}
	var found []asset
	for _, name := range s.world.Resources() {
		line := s.world.Ancestors(name)
		if a := s.describe(name, line); slices.Contains(line, scope) && wanted(a.kind) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b asset) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// typeFilter reads asset types, which are regular expressions.
func typeFilter(types []string) (func(string) bool, error) {
	var wanted []*regexp.Regexp
	for _, t := range types {
		expression, err := regexp.Compile("^(?:" + t + ")$")
		if err != nil {
			return nil, invalid("asset_types")
		}
		wanted = append(wanted, expression)
	}
	return func(kind string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(e *regexp.Regexp) bool { return e.MatchString(kind) })
	}, nil
}

// describe makes an asset of a resource and the line of its ancestors.
func (s *service) describe(name string, line []string) asset {
	a := asset{name: resources + name, resource: name, organization: line[len(line)-1], state: "ACTIVE"}
	for _, ancestor := range line {
		if strings.HasPrefix(ancestor, "folders/") {
			a.folders = append(a.folders, ancestor)
		}
	}
	if len(line) > 1 {
		a.parent = resources + line[1]
	}
	kind, id, _ := strings.Cut(name, "/")
	project, email, isAccount := strings.Cut(id, "/serviceAccounts/")
	switch {
	case isAccount:
		account, _ := s.world.ServiceAccount(email)
		a.kind, a.displayName = "iam.googleapis.com/ServiceAccount", account.DisplayName
		a.name = "//iam.googleapis.com/projects/" + project + "/serviceAccounts/" + account.UniqueID
		a.attributes = map[string]string{"email": email, "uniqueId": account.UniqueID}
		a.project = s.number(project)
	case kind == "projects":
		p, _ := s.world.Project(id)
		a.kind, a.displayName, a.state, a.labels = "cloudresourcemanager.googleapis.com/Project", p.DisplayName, p.State, p.Labels
		a.attributes = map[string]string{"projectId": p.ID}
		a.project = s.number(id)
	case kind == "folders":
		f, _ := s.world.Folder(id)
		a.kind, a.displayName = "cloudresourcemanager.googleapis.com/Folder", f.DisplayName
	default:
		a.kind, a.displayName = "cloudresourcemanager.googleapis.com/Organization", s.world.OrganizationName()
	}
	return a
}

func (s *service) number(project string) string {
	p, _ := s.world.Project(project)
	return "projects/" + p.Number
}
