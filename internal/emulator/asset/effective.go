package asset

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/asset/apiv1/assetpb"
)

type (
	effective     = assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy
	effectiveInfo = assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy_PolicyInfo
)

// BatchGetEffectiveIamPolicies returns, for each name, the policies from the resource itself up to
// the scope. A resource outside the scope, or unknown, has none.
func (s *service) BatchGetEffectiveIamPolicies(ctx context.Context, r *assetpb.BatchGetEffectiveIamPoliciesRequest) (*assetpb.BatchGetEffectiveIamPoliciesResponse, error) {
	if err := s.authorize(ctx, r.GetScope(),
		"cloudasset.assets.analyzeIamPolicy", "cloudasset.assets.searchAllIamPolicies", "cloudasset.assets.searchAllResources"); err != nil {
		return nil, err
	}
	scope, _ := s.world.Resolve(r.GetScope())
	if n := len(r.GetNames()); n < 1 || n > maxNames {
		return nil, invalid("names")
	}
	response := &assetpb.BatchGetEffectiveIamPoliciesResponse{}
	for _, name := range r.GetNames() {
		if !strings.HasPrefix(name, "//") {
			return nil, invalid("names")
		}
		response.PolicyResults = append(response.PolicyResults, &effective{FullResourceName: name, Policies: s.policies(name, scope)})
	}
	return response, nil
}

func (s *service) policies(fullName, scope string) []*effectiveInfo {
	ancestors := s.world.Ancestors(strings.TrimPrefix(fullName, resources))
	end := slices.Index(ancestors, scope)
	var policies []*effectiveInfo
	for _, ancestor := range ancestors[:end+1] {
		policy, ok := s.world.IndexedPolicy(ancestor)
		if ok && len(policy.GetBindings()) > 0 {
			policies = append(policies, &effectiveInfo{AttachedResource: s.describe(ancestor).GetName(), Policy: policy})
		}
	}
	return policies
}
