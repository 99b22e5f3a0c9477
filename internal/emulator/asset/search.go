package asset

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
)

// SearchAllIamPolicies finds bindings: a result holds those of a resource that
// match the query, and no others.
func (s *service) SearchAllIamPolicies(ctx context.Context, r *assetpb.SearchAllIamPoliciesRequest) (*assetpb.SearchAllIamPoliciesResponse, error) {
	scope, err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllIamPolicies")
	if err != nil {
		return nil, err
	}
	q, err := readQuery(r.GetQuery(), r.GetOrderBy(), "resource", policyFields)
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
			return !q.Match(func(t query.Term) bool { return matchesBinding(a, b, t) })
		})
		policy.AuditConfigs = nil
		if len(policy.GetBindings()) > 0 {
			found = append(found, policyResult(a, policy))
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), standardPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("page_token")
	}
	return &assetpb.SearchAllIamPoliciesResponse{Results: part, NextPageToken: next}, nil
}

// SearchAllResources finds resources.
func (s *service) SearchAllResources(ctx context.Context, r *assetpb.SearchAllResourcesRequest) (*assetpb.SearchAllResourcesResponse, error) {
	scope, err := s.authorize(ctx, r.GetScope(), "cloudasset.assets.searchAllResources")
	if err != nil {
		return nil, err
	}
	q, err := readQuery(r.GetQuery(), r.GetOrderBy(), "name", resourceFields)
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
			found = append(found, resourceResult(a))
		}
	}
	part, next, err := query.Page(found, int(r.GetPageSize()), standardPage, maxPage, r.GetPageToken())
	if err != nil {
		return nil, invalid("page_token")
	}
	if err := mask(part, r.GetReadMask()); err != nil {
		return nil, err
	}
	return &assetpb.SearchAllResourcesResponse{Results: part, NextPageToken: next}, nil
}

var (
	policyFields   = []string{"", "policy", "roles", "memberTypes", "resource", "project", "folders", "organization"}
	resourceFields = []string{"", "name", "displayName", "state", "labels", "project", "folders", "organization", "parentFullResourceName"}
)

// readQuery refuses fields that are not searched here, and any order but that
// in which results come anyway.
func readQuery(text, orderBy, order string, fields []string) (query.Query, error) {
	if o := strings.TrimSpace(orderBy); o != "" && o != order {
		return query.Query{}, invalid("order_by")
	}
	q, err := query.Parse(text)
	if err != nil {
		return query.Query{}, invalid("query")
	}
	for _, t := range q.Terms {
		if !slices.Contains(fields, t.Field) && !strings.HasPrefix(t.Field, "labels.") {
			return query.Query{}, invalid("query")
		}
	}
	return q, nil
}

func matchesBinding(a asset, b *iampb.Binding, t query.Term) bool {
	texts := append([]string{b.GetRole()}, b.GetMembers()...)
	texts = append(texts, b.GetCondition().GetTitle(), b.GetCondition().GetDescription(), b.GetCondition().GetExpression())
	switch t.Field {
	case "policy":
		return holds(t, texts...)
	case "roles":
		return holds(t, b.GetRole())
	case "memberTypes":
		return slices.ContainsFunc(b.GetMembers(), func(m string) bool {
			kind, _, _ := strings.Cut(m, ":")
			return query.Text(kind, t.Value)
		})
	case "":
		return holds(t, append(texts, a.name)...)
	}
	return matchesPlace(a, t)
}

func matchesPlace(a asset, t query.Term) bool {
	switch t.Field {
	case "resource", "name":
		return holds(t, a.name)
	case "project":
		return holds(t, a.project)
	case "folders":
		return holds(t, a.folders...)
	case "organization":
		return holds(t, a.organization)
	case "parentFullResourceName":
		return holds(t, a.parent)
	}
	return false
}

func matchesResource(a asset, t query.Term) bool {
	switch t.Field {
	case "displayName":
		return holds(t, a.displayName)
	case "state":
		return holds(t, a.state)
	case "labels", "":
		texts := []string{}
		for key, value := range a.labels {
			texts = append(texts, key, value)
		}
		if t.Field == "labels" {
			return holds(t, texts...)
		}
		for _, value := range a.attributes {
			texts = append(texts, value)
		}
		return holds(t, append(texts, a.name, a.displayName, a.state)...)
	}
	if key, ok := strings.CutPrefix(t.Field, "labels."); ok {
		value, labelled := a.labels[key]
		return labelled && holds(t, value)
	}
	return matchesPlace(a, t)
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

func policyResult(a asset, p *iampb.Policy) *assetpb.IamPolicySearchResult {
	return &assetpb.IamPolicySearchResult{
		Resource: a.name, AssetType: a.kind, Project: a.project, Folders: a.folders, Organization: a.organization, Policy: p,
	}
}

func resourceResult(a asset) *assetpb.ResourceSearchResult {
	result := &assetpb.ResourceSearchResult{
		Name: a.name, AssetType: a.kind, Project: a.project, Folders: a.folders, Organization: a.organization,
		DisplayName: a.displayName, State: a.state, Labels: a.labels, Location: "global", ParentFullResourceName: a.parent,
	}
	if a.attributes != nil {
		result.AdditionalAttributes = &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for key, value := range a.attributes {
			result.AdditionalAttributes.Fields[key] = structpb.NewStringValue(value)
		}
	}
	return result
}

// mask leaves only the fields that a read mask names.
func mask(results []*assetpb.ResourceSearchResult, m *fieldmaskpb.FieldMask) error {
	paths := m.GetPaths()
	if len(paths) == 0 || slices.Contains(paths, "*") {
		return nil
	}
	fields := (&assetpb.ResourceSearchResult{}).ProtoReflect().Descriptor().Fields()
	for _, p := range paths {
		if fields.ByName(protoreflect.Name(p)) == nil {
			return invalid("read_mask")
		}
	}
	for _, r := range results {
		for i := range fields.Len() {
			if !slices.Contains(paths, string(fields.Get(i).Name())) {
				r.ProtoReflect().Clear(fields.Get(i))
			}
		}
	}
	return nil
}
