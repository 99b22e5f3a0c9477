package resourcemanager

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

type (
	projects struct {
		policies
		unservedProjects
	}
	unservedProjects struct {
		resourcemanagerpb.UnimplementedProjectsServer
	}
)

func (s *projects) GetProject(ctx context.Context, r *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	p, ok := s.world.Project(strings.TrimPrefix(r.GetName(), "projects/"))
	if !ok || !s.may(ctx, "get", r.GetName()) {
		return nil, errHidden()
	}
	return describeProject(p), nil
}

// SearchProjects returns the matching projects that the caller may get. A project matches a query
// if it matches any of its fields.
func (s *projects) SearchProjects(ctx context.Context, r *resourcemanagerpb.SearchProjectsRequest) (*resourcemanagerpb.SearchProjectsResponse, error) {
	found, next, err := search(r, s.world.Projects(), func(p world.Project, q query.Query) bool {
		matches := len(q.Terms) == 0 || slices.ContainsFunc(q.Terms, func(t query.Term) bool { return matchesProject(p, t) })
		return matches && s.may(ctx, "get", "projects/"+p.ID)
	})
	response := &resourcemanagerpb.SearchProjectsResponse{NextPageToken: next}
	for _, p := range found {
		response.Projects = append(response.Projects, describeProject(p))
	}
	return response, err
}

func matchesProject(p world.Project, t query.Term) bool {
	kind, _, _ := strings.Cut(p.Parent, "/")
	switch field := strings.ToLower(t.Field); field {
	case "name", "displayname":
		return query.MatchesWords(p.DisplayName, t.Value)
	case "id", "projectid":
		return query.MatchesText(p.ID, t.Value)
	case "parent":
		return query.MatchesText(p.Parent, t.Value)
	case "parent.type":
		return query.MatchesText(strings.TrimSuffix(kind, "s"), t.Value)
	case "state", "lifecyclestate":
		return query.MatchesText(p.State, t.Value)
	default:
		key, ok := strings.CutPrefix(field, "labels.")
		value, labelled := p.Labels[key]
		return ok && labelled && query.MatchesText(value, t.Value)
	}
}

func describeProject(p world.Project) *resourcemanagerpb.Project {
	return &resourcemanagerpb.Project{
		Name:        "projects/" + p.Number,
		ProjectId:   p.ID,
		Parent:      p.Parent,
		DisplayName: p.DisplayName,
		CreateTime:  created,
		UpdateTime:  created,
		Labels:      p.Labels,
		State:       resourcemanagerpb.Project_State(resourcemanagerpb.Project_State_value[p.State]),
	}
}
