package policy

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/api/cloudresourcemanager/v3"
)

// requestReason is the header whose text Cloud Audit Logs records beside the write. Source:
// cloud.google.com/apis/docs/system-parameters.
const requestReason = "X-Goog-Request-Reason"

// Upstream makes one call to Google each time, without retries. A resource is "projects/ID",
// "folders/NUMBER" or "organizations/NUMBER".
type Upstream interface {
	// Get reads the policy of a resource with version 3. Errors of Google are *googleapi.Error.
	Get(ctx context.Context, resource string) (*Policy, error)
	// Set writes bindings under the policy's etag and returns what is stored. The reason, if any,
	// goes to the audit log.
	Set(ctx context.Context, resource string, p *Policy, reason string) (*Policy, error)
}

// NewUpstream reaches policies through Resource Manager v3.
func NewUpstream(s *cloudresourcemanager.Service) Upstream {
	return resourceManager{s}
}

type resourceManager struct{ service *cloudresourcemanager.Service }

func (r resourceManager) Get(ctx context.Context, resource string) (*Policy, error) {
	request := &cloudresourcemanager.GetIamPolicyRequest{
		Options: &cloudresourcemanager.GetPolicyOptions{RequestedPolicyVersion: maxVersion},
	}
	switch kind(resource) {
	case "projects":
		return r.service.Projects.GetIamPolicy(resource, request).Context(ctx).Do()
	case "folders":
		return r.service.Folders.GetIamPolicy(resource, request).Context(ctx).Do()
	case "organizations":
		return r.service.Organizations.GetIamPolicy(resource, request).Context(ctx).Do()
	}
	return nil, unknownResource(resource)
}

func (r resourceManager) Set(ctx context.Context, resource string, p *Policy, reason string) (*Policy, error) {
	request := &cloudresourcemanager.SetIamPolicyRequest{Policy: p, UpdateMask: "bindings,etag"}
	switch kind(resource) {
	case "projects":
		call := r.service.Projects.SetIamPolicy(resource, request).Context(ctx)
		setReason(call.Header().Set, reason)
		return call.Do()
	case "folders":
		call := r.service.Folders.SetIamPolicy(resource, request).Context(ctx)
		setReason(call.Header().Set, reason)
		return call.Do()
	case "organizations":
		call := r.service.Organizations.SetIamPolicy(resource, request).Context(ctx)
		setReason(call.Header().Set, reason)
		return call.Do()
	}
	return nil, unknownResource(resource)
}

func setReason(set func(key, value string), reason string) {
	if reason != "" {
		set(requestReason, reason)
	}
}

func kind(resource string) string {
	kind, _, _ := strings.Cut(resource, "/")
	return kind
}

func unknownResource(resource string) error {
	return fmt.Errorf("%q is not a project, folder or organization", resource)
}
