package resourcemanager

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

type folders struct {
	resourcemanagerpb.UnimplementedFoldersServer
	world    *world.World
	policies policies
}

func (s *folders) GetFolder(ctx context.Context, r *resourcemanagerpb.GetFolderRequest) (*resourcemanagerpb.Folder, error) {
	f, ok := s.world.Folder(strings.TrimPrefix(r.GetName(), "folders/"))
	if !ok || !s.world.Allowed(wire.Caller(ctx), "resourcemanager.folders.get", r.GetName()) {
		return nil, errHidden()
	}
	return describeFolder(f), nil
}

// SearchFolders finds what the caller may get.
func (s *folders) SearchFolders(ctx context.Context, r *resourcemanagerpb.SearchFoldersRequest) (*resourcemanagerpb.SearchFoldersResponse, error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil {
		return nil, invalid("Invalid query: %v.", err)
	}
	var found []*resourcemanagerpb.Folder
	for _, f := range s.world.Folders() {
		matches := q.Match(func(t query.Term) bool { return matchesFolder(f, t) })
		if matches && s.world.Allowed(wire.Caller(ctx), "resourcemanager.folders.get", "folders/"+f.Number) {
			found = append(found, describeFolder(f))
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), maxPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("%v", err)
	}
	return &resourcemanagerpb.SearchFoldersResponse{Folders: part, NextPageToken: next}, nil
}

func matchesFolder(f world.Folder, t query.Term) bool {
	switch strings.ToLower(t.Field) {
	case "name":
		return query.Text("folders/"+f.Number, t.Value)
	case "displayname":
		return query.Text(f.DisplayName, t.Value) || t.Operator == ":" && query.Words(f.DisplayName, t.Value)
	case "parent":
		return query.Text(f.Parent, t.Value)
	case "state", "lifecyclestate":
		return query.Text("ACTIVE", t.Value)
	}
	return false
}

func describeFolder(f world.Folder) *resourcemanagerpb.Folder {
	return &resourcemanagerpb.Folder{
		Name:        "folders/" + f.Number,
		Parent:      f.Parent,
		DisplayName: f.DisplayName,
		State:       resourcemanagerpb.Folder_ACTIVE,
	}
}

func (s *folders) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.get(ctx, r)
}

func (s *folders) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.set(ctx, r)
}

func (s *folders) TestIamPermissions(ctx context.Context, r *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	return s.policies.test(ctx, r)
}
