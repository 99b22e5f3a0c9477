package asset

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

// SearchAllIamPolicies finds bindings: a result holds those bindings of a resource that match the
// query.
func (s *service) SearchAllIamPolicies(ctx context.Context, r *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error) {
	if err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllIamPolicies"); err != nil {
		return nil, err
	}
	found, next, err := search(s, r, "resource", []string{"policy", "memberTypes"}, func(a asset, q query.Query) (*assetpb.IamPolicySearchResult, bool) {
		policy, _ := s.world.IndexedPolicy(a.resource)
		matching := slices.DeleteFunc(policy.GetBindings(), func(b *iampb.Binding) bool {
			return !q.Match(func(t query.Term) bool { return matchesBinding(b, t) })
		})
		return &assetpb.IamPolicySearchResult{
			Resource: a.GetName(), AssetType: a.GetAssetType(), Project: a.GetProject(), Folders: a.GetFolders(), Organization: a.GetOrganization(),
			Policy: &iampb.Policy{Version: policy.GetVersion(), Etag: policy.GetEtag(), Bindings: matching},
		}, len(matching) > 0
	})
	return &assetpb.SearchAllIamPoliciesResponse{Results: found, NextPageToken: next}, err
}

// SearchAllResources finds resources, and shows all that is known of them.
func (s *service) SearchAllResources(ctx context.Context, r *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error) {
	if err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllResources"); err != nil {
		return nil, err
	}
	if len(r.GetReadMask().GetPaths()) > 0 {
		return nil, invalid("read_mask")
	}
	found, next, err := search(s, r, "name", []string{"name", "displayName", "state"}, func(a asset, q query.Query) (*assetpb.ResourceSearchResult, bool) {
		return a.ResourceSearchResult, q.Match(func(t query.Term) bool { return matchesResource(a, t) })
	})
	return &assetpb.SearchAllResourcesResponse{Results: found, NextPageToken: next}, err
}

// searchRequest is what a request for either search asks.
type searchRequest interface {
	GetScope() string
	GetQuery() string
	GetOrderBy() string
	GetAssetTypes() []string
	GetPageSize() int32
	GetPageToken() string
}

// search returns a page of what is found in the assets of the scope. It refuses queries for other
// fields, and any order but the one in which results are returned anyway.
func search[T any](s *service, r searchRequest, order string, fields []string, match func(asset, query.Query) (T, bool)) (page []T, next string, err error) {
	q, err := query.Parse(r.GetQuery())
	if err != nil || slices.ContainsFunc(q.Terms, func(t query.Term) bool { return !slices.Contains(fields, t.Field) }) {
		return nil, "", invalid("query")
	}
	if o := strings.TrimSpace(r.GetOrderBy()); o != "" && o != order {
		return nil, "", invalid("order_by")
	}
	assets, err := s.assetsIn(r.GetScope(), r.GetAssetTypes())
	if err != nil {
		return nil, "", err
	}
	var found []T
	for _, a := range assets {
		if result, ok := match(a, q); ok {
			found = append(found, result)
		}
	}
	page, next, err = query.Page(found, int(r.GetPageSize()), defaultPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, "", invalid("page_token")
	}
	return page, next, nil
}

func matchesBinding(b *iampb.Binding, t query.Term) bool {
	if t.Field == "memberTypes" {
		return slices.ContainsFunc(b.GetMembers(), func(m string) bool {
			kind, _, _ := strings.Cut(m, ":")
			return query.MatchesText(kind, t.Value)
		})
	}
	c := b.GetCondition()
	return matchesAny(t, slices.Concat(b.GetMembers(), []string{b.GetRole(), c.GetTitle(), c.GetDescription(), c.GetExpression()})...)
}

func matchesResource(a asset, t query.Term) bool {
	switch t.Field {
	case "displayName":
		return matchesAny(t, a.GetDisplayName())
	case "state":
		return matchesAny(t, a.GetState())
	}
	return matchesAny(t, a.GetName())
}

// matchesAny compares a term with any of the texts: = the whole, : its words.
func matchesAny(t query.Term, texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		if t.Operator == "=" {
			return query.MatchesText(text, t.Value)
		}
		return query.MatchesWords(text, t.Value)
	})
}
