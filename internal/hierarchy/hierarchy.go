// Package hierarchy knows which folder or organization a project or folder stands in, as Resource
// Manager says now, for callers without Cloud Asset Inventory. Nothing is decided by it.
package hierarchy

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/api/cloudresourcemanager/v3"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/restcall"
)

// Parents asks for parents. Its methods may be called concurrently.
type Parents struct{ service *cloudresourcemanager.Service }

// NewParents asks through a client of Resource Manager v3.
func NewParents(s *cloudresourcemanager.Service) *Parents { return &Parents{s} }

// Of returns the folder or organization that a project or folder stands in, as "folders/NUMBER" or
// "organizations/NUMBER". It is "" for a project that stands in nothing, and for an organization,
// which nobody is asked about. It gives up after 3 s. The error is an [*upstream.Outage] where
// Resource Manager does not answer, or does not tell what the caller may not see from what is not
// there (403).
func (p *Parents) Of(ctx context.Context, name string) (string, error) {
	kind, _, _ := strings.Cut(name, "/")
	if kind == "organizations" {
		return "", nil
	}
	if !eligibility.ResourceName(name) || !restcall.SafeInPath(name) {
		return "", fmt.Errorf("finding the parent of %q: not a project or folder", name)
	}
	target := restcall.Target{Service: "Resource Manager", Permission: "resourcemanager." + kind + ".get", Resource: name}
	return restcall.Do(ctx, target, func(ctx context.Context) (string, error) { return p.get(ctx, kind, name) })
}

func (p *Parents) get(ctx context.Context, kind, name string) (string, error) {
	if kind == "folders" {
		folder, err := p.service.Folders.Get(name).Context(ctx).Do()
		if err != nil {
			return "", err
		}
		return folder.Parent, nil
	}
	project, err := p.service.Projects.Get(name).Context(ctx).Do()
	if err != nil {
		return "", err
	}
	return project.Parent, nil
}
