package resourcemanager

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// policies serves the allow policies of all three kinds of resources. Each kind's service embeds
// it, and one level deeper the generated methods that are not served, so that these methods take
// precedence.
type policies struct {
	world  *world.World
	strict bool
}

const versionsHint = " For more information, please refer to https://cloud.google.com/iam/docs/policies#versions."

func (s policies) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	policy, ok := s.world.Policy(r.GetResource())
	if !ok || !s.may(ctx, "getIamPolicy", r.GetResource()) {
		return nil, errHidden()
	}
	version := r.GetOptions().GetRequestedPolicyVersion()
	if !validVersion(version) {
		return nil, invalid("Requested policy version (%d) is invalid.%s", version, versionsHint)
	}
	if version < 3 {
		withoutConditions(policy)
	}
	return policy, nil
}

func (s policies) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	name, known := s.world.Resolve(r.GetResource())
	if !known || !s.may(ctx, "setIamPolicy", name) {
		return nil, status.Errorf(codes.PermissionDenied, "Permission '%s' denied on resource '//%s/%s' (or it may not exist).",
			permission("setIamPolicy", r.GetResource()), Host, r.GetResource())
	}
	if r.GetPolicy() == nil {
		return nil, invalid("Request contains an invalid argument.")
	}
	mask, err := readMask(r)
	if err != nil {
		return nil, err
	}
	wanted, err := s.check(name, r.GetPolicy())
	if err != nil {
		return nil, err
	}
	return s.world.UpdatePolicy(name, func(current *iampb.Policy) (*iampb.Policy, error) {
		return s.replace(name, current, wanted, mask)
	})
}

// may tells whether the caller has the permission for a verb on a resource.
func (s policies) may(ctx context.Context, verb, resource string) bool {
	return s.world.Allowed(wire.Caller(ctx), permission(verb, resource), resource)
}

func permission(verb, resource string) string {
	kind, _, _ := strings.Cut(resource, "/")
	return fmt.Sprintf("resourcemanager.%s.%s", kind, verb)
}

func validVersion(v int32) bool { return v == 0 || v == 1 || v == 3 }

// readMask returns the parts of the policy that are to be written.
func readMask(r *iampb.SetIamPolicyRequest) (map[string]bool, error) {
	mask := map[string]bool{}
	for _, path := range r.GetUpdateMask().GetPaths() {
		if !slices.Contains([]string{"bindings", "etag", "version", "audit_configs"}, path) {
			return nil, invalid("Invalid update mask: %s is not a field of the policy that can be set.", path)
		}
		mask[path] = true
	}
	if len(mask) == 0 {
		mask["bindings"] = true
	}
	return mask, nil
}

// replace returns the policy that takes the place of the current one. A policy without an etag
// overwrites whatever is there.
func (s policies) replace(name string, current, wanted *iampb.Policy, mask map[string]bool) (*iampb.Policy, error) {
	hasEtag := len(wanted.GetEtag()) > 0
	if hasEtag && !bytes.Equal(wanted.GetEtag(), current.GetEtag()) {
		return nil, status.Error(codes.Aborted, wire.Conflict)
	}
	if mask["bindings"] {
		if err := s.checkAdded(name, current, wanted); err != nil {
			return nil, err
		}
	}
	if hasEtag && wanted.GetVersion() < 3 && current.GetVersion() == 3 {
		return nil, errVersion(wanted.GetVersion())
	}
	if mask["bindings"] {
		current.Bindings = wanted.GetBindings()
	}
	if mask["audit_configs"] {
		current.AuditConfigs = wanted.GetAuditConfigs()
	}
	return current, nil
}

func errVersion(v int32) error {
	return invalid("Specified policy version (%d) cannot be less than the existing policy version (3).%s", v, versionsHint)
}
