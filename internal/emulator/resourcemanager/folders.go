package resourcemanager

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

type (
	folders struct {
		policies
		unservedFolders
	}
	unservedFolders struct {
		resourcemanagerpb.UnimplementedFoldersServer
	}
)

func (s *folders) GetFolder(ctx context.Context, r *resourcemanagerpb.GetFolderRequest) (*resourcemanagerpb.Folder, error) {
	f, ok := s.world.Folder(strings.TrimPrefix(r.GetName(), "folders/"))
	if !ok || !s.may(ctx, "get", r.GetName()) {
		return nil, errHidden()
	}
	return describeFolder(f), nil
}

// ListFolders lists the folders directly in another or in the organization.
func (s *folders) ListFolders(ctx context.Context, r *resourcemanagerpb.ListFoldersRequest) (*resourcemanagerpb.ListFoldersResponse, error) {
	if !s.world.Allowed(wire.Caller(ctx), "resourcemanager.folders.list", r.GetParent()) {
		return nil, errHidden()
	}
	inside := slices.DeleteFunc(s.world.Folders(), func(f world.Folder) bool { return f.Parent != r.GetParent() })
	listed, next, err := page(r, inside)
	response := &resourcemanagerpb.ListFoldersResponse{NextPageToken: next}
	for _, f := range listed {
		response.Folders = append(response.Folders, describeFolder(f))
	}
	return response, err
}

// SearchFolders returns the matching folders that the caller may get.
func (s *folders) SearchFolders(ctx context.Context, r *resourcemanagerpb.SearchFoldersRequest) (*resourcemanagerpb.SearchFoldersResponse, error) {
	found, next, err := search(r, s.world.Folders(), func(f world.Folder, q query.Query) bool {
		return q.Match(func(t query.Term) bool { return matchesFolder(f, t) }) && s.may(ctx, "get", "folders/"+f.Number)
	})
	response := &resourcemanagerpb.SearchFoldersResponse{NextPageToken: next}
	for _, f := range found {
		response.Folders = append(response.Folders, describeFolder(f))
	}
	return response, err
}

func matchesFolder(f world.Folder, t query.Term) bool {
	switch strings.ToLower(t.Field) {
	case "displayname":
		return query.MatchesText(f.DisplayName, t.Value) || t.Operator == ":" && query.MatchesWords(f.DisplayName, t.Value)
	case "parent":
		return query.MatchesText(f.Parent, t.Value)
	}
	return false
}

func describeFolder(f world.Folder) *resourcemanagerpb.Folder {
	return &resourcemanagerpb.Folder{
		Name:        "folders/" + f.Number,
		Parent:      f.Parent,
		DisplayName: f.DisplayName,
		CreateTime:  created,
		UpdateTime:  created,
		State:       resourcemanagerpb.Folder_ACTIVE,
	}
}
