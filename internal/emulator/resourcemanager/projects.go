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

type projects struct {
	resourcemanagerpb.UnimplementedProjectsServer
	world    *world.World
	policies policies
}

func (s *projects) GetProject(ctx context.Context, r *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	p, ok := s.world.Project(strings.TrimPrefix(r.GetName(), "projects/"))
	if !ok || !s.world.Allowed(wire.Caller(ctx), "resourcemanager.projects.get", r.GetName()) {
		return nil, errHidden()
	}
	return describeProject(p), nil
}

// SearchProjects finds what the caller may get. A project matches a query if
// it matches any of its fields.
func (s *projects) SearchProjects(ctx context.Context, r *resourcemanagerpb.SearchProjectsRequest) (*resourcemanagerpb.SearchProjectsResponse, error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil {
		return nil, invalid("Invalid query: %v.", err)
	}
	terms := q.Terms
	var found []*resourcemanagerpb.Project
	for _, p := range s.world.Projects() {
		if matchesAny(p, terms) && s.world.Allowed(wire.Caller(ctx), "resourcemanager.projects.get", "projects/"+p.ID) {
			found = append(found, describeProject(p))
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), maxPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("%v", err)
	}
	return &resourcemanagerpb.SearchProjectsResponse{Projects: part, NextPageToken: next}, nil
}

func matchesAny(p world.Project, terms []query.Term) bool {
	for _, t := range terms {
		if matchesProject(p, t) {
			return true
		}
	}
	return len(terms) == 0
}

func matchesProject(p world.Project, t query.Term) bool {
	kind, id, _ := strings.Cut(p.Parent, "/")
	switch field := strings.ToLower(t.Field); field {
	case "name", "displayname":
		return query.Words(p.DisplayName, t.Value)
	case "id", "projectid":
		return query.Text(p.ID, t.Value)
	case "parent":
		return query.Text(p.Parent, t.Value)
	case "parent.type":
		return query.Text(strings.TrimSuffix(kind, "s"), t.Value)
	case "parent.id":
		return query.Text(id, t.Value)
	case "state", "lifecyclestate":
		return query.Text(p.State, t.Value)
	case "labels":
		_, ok := p.Labels[t.Value]
		return ok
	default:
		key, ok := strings.CutPrefix(field, "labels.")
		value, labelled := p.Labels[key]
		return ok && labelled && query.Text(value, t.Value)
	}
}

func describeProject(p world.Project) *resourcemanagerpb.Project {
	return &resourcemanagerpb.Project{
		Name:        "projects/" + p.Number,
		ProjectId:   p.ID,
		Parent:      p.Parent,
		DisplayName: p.DisplayName,
		Labels:      p.Labels,
		State:       resourcemanagerpb.Project_State(resourcemanagerpb.Project_State_value[p.State]),
	}
}

func (s *projects) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.get(ctx, r)
}

func (s *projects) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	return s.policies.set(ctx, r)
}

func (s *projects) TestIamPermissions(ctx context.Context, r *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	return s.policies.test(ctx, r)
}
