package catalog

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	asset "cloud.google.com/go/asset/apiv1"
	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/api/iterator"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

const (
	// callTimeout bounds one call to the index, its retries included.
	callTimeout = 5 * time.Second
	// pageSize is the most that searches return at once.
	pageSize = 500
	// resourcePrefix begins the full names of Resource Manager's resources.
	resourcePrefix = "//cloudresourcemanager.googleapis.com/"
)

// Permissions that the calls need on the scope, the most telling one each.
// Source: cloud.google.com/asset-inventory/docs/access-control.
const (
	permissionEffectivePolicies = "cloudasset.assets.analyzeIamPolicy"
	permissionSearchPolicies    = "cloudasset.assets.searchAllIamPolicies"
	permissionSearchResources   = "cloudasset.assets.searchAllResources"
)

const (
	projectType      = "cloudresourcemanager.googleapis.com/Project"
	folderType       = "cloudresourcemanager.googleapis.com/Folder"
	organizationType = "cloudresourcemanager.googleapis.com/Organization"
)

// Inventory is a [Locator] and [Finder] over Cloud Asset Inventory. It follows lists to their last
// page and bounds each call to 5 s.
type Inventory struct{ client *asset.Client }

// NewInventory asks through a client, which stays the caller's to close.
func NewInventory(client *asset.Client) *Inventory { return &Inventory{client} }

// Locate implements [Locator]. Where neither the project nor an ancestor inside the scope has a
// policy, the response is the same as for a project outside the scope, and one more call looks for
// the project itself.
func (v *Inventory) Locate(ctx context.Context, scope, project string) (Location, error) {
	results, err := v.effectivePolicies(ctx, scope, project)
	if noSuchProject(err) {
		return Location{}, nil
	}
	if err != nil {
		return Location{}, outage(assetInventory, permissionEffectivePolicies, scope, err)
	}
	var location Location
	for _, result := range results {
		for _, info := range result.GetPolicies() {
			location.Inside = true
			bindings, err := toBindings(info.GetPolicy())
			if err != nil {
				return Location{}, outage(assetInventory, permissionEffectivePolicies, scope, err)
			}
			relevant := slices.DeleteFunc(bindings, func(b eligibility.Binding) bool { return !eligibility.Relevant(b) })
			location.Policies = append(location.Policies, bindingsAt(shortName(info.GetAttachedResource()), relevant)...)
		}
	}
	if !location.Inside {
		location.Inside, err = v.scopeHolds(ctx, scope, project)
	}
	return location, err
}

func (v *Inventory) effectivePolicies(
	ctx context.Context, scope, project string,
) ([]*assetpb.BatchGetEffectiveIamPoliciesResponse_EffectiveIamPolicy, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := v.client.BatchGetEffectiveIamPolicies(ctx, &assetpb.BatchGetEffectiveIamPoliciesRequest{
		Scope: scope,
		Names: []string{resourcePrefix + "projects/" + project},
	}, withRetry())
	return response.GetPolicyResults(), err
}

// noSuchProject tells whether the index says that it has no such project, or takes no such
// argument. A precondition that fails is not about the project that was asked for.
func noSuchProject(err error) bool {
	c := cause.Of(err)
	switch c.Kind {
	case cause.PreconditionFailed, cause.ResourceInactive, cause.OrganizationPolicy:
		return false
	}
	return c.Status == http.StatusNotFound || c.Status == http.StatusBadRequest
}

// Search implements [Finder]. Of each page of results only what is eligible or an activation is
// kept.
func (v *Inventory) Search(ctx context.Context, scope string) ([]eligibility.BindingAt, error) {
	var found []eligibility.BindingAt
	err := readPages(ctx, func(ctx context.Context, token string) pageIterator[*assetpb.IamPolicySearchResult] {
		return v.client.SearchAllIamPolicies(ctx, &assetpb.SearchAllIamPoliciesRequest{
			Scope:      scope,
			Query:      "memberTypes:user OR memberTypes:group",
			AssetTypes: []string{projectType, folderType, organizationType},
			PageSize:   pageSize,
			PageToken:  token,
		}, withRetry())
	}, func(result *assetpb.IamPolicySearchResult) error {
		resource := shortName(result.GetResource())
		bindings, err := toBindings(result.GetPolicy())
		for _, b := range bindings {
			if eligibleOrActivation(resource, b) {
				found = append(found, eligibility.BindingAt{Resource: resource, Binding: b})
			}
		}
		return err
	})
	if err != nil {
		return nil, outage(assetInventory, permissionSearchPolicies, scope, err)
	}
	return found, nil
}

// eligibleOrActivation is true for eligible bindings, and for activations, which stand on projects
// only.
func eligibleOrActivation(resource string, b eligibility.Binding) bool {
	if b.Condition == nil {
		return false
	}
	if _, ok, _ := eligibility.ReadEligible(*b.Condition); ok {
		return true
	}
	if !strings.HasPrefix(resource, "projects/") {
		return false
	}
	_, ok, _ := eligibility.ReadActivation(resource, b)
	return ok
}

// scopeHolds tells whether the scope holds an active project of that id.
func (v *Inventory) scopeHolds(ctx context.Context, scope, project string) (bool, error) {
	projects, err := v.listProjects(ctx, scope, `name:"`+project+`" state:ACTIVE`)
	return slices.ContainsFunc(projects, func(p ListedProject) bool { return p.Project == project }), err
}

// Projects implements [Finder].
func (v *Inventory) Projects(ctx context.Context, scope string) ([]ListedProject, error) {
	return v.listProjects(ctx, scope, "state:ACTIVE")
}

func (v *Inventory) listProjects(ctx context.Context, scope, query string) ([]ListedProject, error) {
	var projects []ListedProject
	err := readPages(ctx, func(ctx context.Context, token string) pageIterator[*assetpb.ResourceSearchResult] {
		return v.client.SearchAllResources(ctx, &assetpb.SearchAllResourcesRequest{
			Scope:      scope,
			Query:      query,
			AssetTypes: []string{projectType},
			PageSize:   pageSize,
			PageToken:  token,
		}, withRetry())
	}, func(result *assetpb.ResourceSearchResult) error {
		if project, ok := listedProject(result); ok {
			projects = append(projects, project)
		}
		return nil
	})
	if err != nil {
		return nil, outage(assetInventory, permissionSearchResources, scope, err)
	}
	return projects, nil
}

var projectNumber = regexp.MustCompile(`^[0-9]+$`)

// listedProject reads a project's id from its name or, where the name has the number, from its
// attributes.
func listedProject(r *assetpb.ResourceSearchResult) (ListedProject, bool) {
	project := ListedProject{
		Project:   strings.TrimPrefix(shortName(r.GetName()), "projects/"),
		Number:    strings.TrimPrefix(r.GetProject(), "projects/"),
		Ancestors: r.GetFolders(),
	}
	if projectNumber.MatchString(project.Project) {
		project.Project = r.GetAdditionalAttributes().GetFields()["projectId"].GetStringValue()
	}
	if organization := r.GetOrganization(); organization != "" {
		project.Ancestors = append(project.Ancestors, organization)
	}
	active := r.GetState() == "" || r.GetState() == "ACTIVE"
	return project, active && eligibility.ProjectCanBeAddressed(project.Project)
}

// pageIterator is what the client's iterators have in common.
type pageIterator[T any] interface {
	Next() (T, error)
	PageInfo() *iterator.PageInfo
}

var errEndless = errors.New("the list does not end: a page names itself as the next")

// readPages reads a list to its end, each page under a timeout of its own, and hands on each item.
func readPages[T any](ctx context.Context, open func(ctx context.Context, token string) pageIterator[T], take func(T) error) error {
	for token := ""; ; {
		next, err := readPage(ctx, token, open, take)
		if err != nil || next == "" {
			return err
		}
		if next == token {
			return errEndless
		}
		token = next
	}
}

func readPage[T any](ctx context.Context, token string, open func(context.Context, string) pageIterator[T], take func(T) error) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	list := open(ctx, token)
	for first := true; first || list.PageInfo().Remaining() > 0; first = false {
		item, err := list.Next()
		if errors.Is(err, iterator.Done) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if err := take(item); err != nil {
			return "", err
		}
	}
	return list.PageInfo().Token, nil
}

// shortName turns a full resource name into "projects/ID" and the like.
func shortName(full string) string { return strings.TrimPrefix(full, resourcePrefix) }

// toBindings reads the bindings of a policy in the grammar's terms, or policy.ErrNullBinding.
func toBindings(p *iampb.Policy) ([]eligibility.Binding, error) {
	all := make([]eligibility.Binding, len(p.GetBindings()))
	for i, b := range p.GetBindings() {
		if b == nil {
			return nil, policy.ErrNullBinding
		}
		c := b.GetCondition()
		all[i] = eligibility.FromParts(b.GetRole(), b.GetMembers(), c.GetTitle(), c.GetDescription(), c.GetExpression())
	}
	return all, nil
}
