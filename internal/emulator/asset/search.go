package asset

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

// SearchAllIamPolicies finds bindings: a result holds those of a resource that
// match the query, and no others.
func (s *service) SearchAllIamPolicies(ctx context.Context, r *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error) {
	scope, err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllIamPolicies")
	if err != nil {
		return nil, err
	}
	q, err := readQuery(r.GetQuery(), r.GetOrderBy(), "resource", "policy", "memberTypes")
	if err != nil {
		return nil, err
	}
	assets, err := s.within(scope, r.GetAssetTypes())
	if err != nil {
		return nil, err
	}
	var found []*assetpb.IamPolicySearchResult
	for _, a := range assets {
		policy, ok := s.world.IndexedPolicy(a.resource)
		if !ok {
			continue
		}
		policy.Bindings = slices.DeleteFunc(policy.GetBindings(), func(b *iampb.Binding) bool {
			return !q.Match(func(t query.Term) bool { return matchesBinding(b, t) })
		})
		policy.AuditConfigs = nil
		if len(policy.GetBindings()) > 0 {
			found = append(found, &assetpb.IamPolicySearchResult{
				Resource: a.GetName(), AssetType: a.GetAssetType(), Policy: policy,
				Project: a.GetProject(), Folders: a.GetFolders(), Organization: a.GetOrganization(),
			})
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), standardPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("page_token")
	}
	return &assetpb.SearchAllIamPoliciesResponse{Results: part, NextPageToken: next}, nil
}

// SearchAllResources finds resources, and shows all that is known of them.
func (s *service) SearchAllResources(ctx context.Context, r *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error) {
	scope, err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllResources")
	if err != nil {
		return nil, err
	}
	if len(r.GetReadMask().GetPaths()) > 0 {
		return nil, invalid("read_mask")
	}
	q, err := readQuery(r.GetQuery(), r.GetOrderBy(), "name", "name", "displayName", "state")
	if err != nil {
		return nil, err
	}
	assets, err := s.within(scope, r.GetAssetTypes())
	if err != nil {
		return nil, err
	}
	var found []*assetpb.ResourceSearchResult
	for _, a := range assets {
		if q.Match(func(t query.Term) bool { return matchesResource(a, t) }) {
			found = append(found, a.ResourceSearchResult)
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), standardPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("page_token")
	}
	return &assetpb.SearchAllResourcesResponse{Results: part, NextPageToken: next}, nil
}

// readQuery refuses fields that are not searched here, and any order but that
// in which results come anyway.
func readQuery(text, orderBy, order string, fields ...string) (query.Query, error) {
	if o := strings.TrimSpace(orderBy); o != "" && o != order {
		return query.Query{}, invalid("order_by")
	}
	q, err := query.Parse(text)
	if err != nil {
		return query.Query{}, invalid("query")
	}
	for _, t := range q.Terms {
		if !slices.Contains(fields, t.Field) {
			return query.Query{}, invalid("query")
		}
	}
	return q, nil
}

func matchesBinding(b *iampb.Binding, t query.Term) bool {
	if t.Field == "memberTypes" {
		return slices.ContainsFunc(b.GetMembers(), func(m string) bool {
			kind, _, _ := strings.Cut(m, ":")
			return query.Text(kind, t.Value)
		})
	}
	c := b.GetCondition()
	return holds(t, slices.Concat(b.GetMembers(), []string{b.GetRole(), c.GetTitle(), c.GetDescription(), c.GetExpression()})...)
}

func matchesResource(a asset, t query.Term) bool {
	switch t.Field {
	case "displayName":
		return holds(t, a.GetDisplayName())
	case "state":
		return holds(t, a.GetState())
	}
	return holds(t, a.GetName())
}

// holds compares a term with any of the texts: = the whole, : its words.
func holds(t query.Term, texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		if t.Operator == "=" {
			return query.Text(text, t.Value)
		}
		return query.Words(text, t.Value)
	})
}
