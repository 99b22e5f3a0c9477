package binding

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// outlook is what a plan is held against: the policy that it changes, and
// those above. What could not be read is empty or left out, and named.
type planPolicies struct {
	policy  *policy.Policy
	unread  error              // why the policy could not be read, or nil
	above   []*client.Ancestor // those that could be read, the nearest first
	missing []string           // what could not
}

// look reads all that a plan for a resource is held against, the policy beside
// the climb. What cannot be read stops nobody: the project may be created by
// the same apply, see unchecked, and who runs Terraform may see nothing above.
func (b *binding) policiesFor(ctx context.Context, resource string) planPolicies {
	var own *policy.Policy
	var ownErr error
	var reading sync.WaitGroup
	reading.Go(func() { own, ownErr = b.client.Policy(ctx, resource) })
	line, end := b.client.Ancestors(ctx, resource)
	reading.Wait()

	o := planPolicies{policy: own, unread: ownErr}
	if ownErr != nil {
		o.policy = &policy.Policy{}
		o.leaveOut(ctx, "the policy of "+resource, ownErr)
	}
	top := resource
	for _, a := range line {
		if top = a.Resource; a.Err != nil {
			o.leaveOut(ctx, "the policy of "+a.Resource, a.Err)
			continue
		}
		o.above = append(o.above, a)
	}
	if end != nil {
		o.leaveOut(ctx, "what stands above "+top, end)
	}
	return o
}

// places are the resource with its policy as it will be, and all above it.
func (o planPolicies) places(resource string, after *policy.Policy) []*client.Ancestor {
	return append([]*client.Ancestor{{Resource: resource, Policy: after}}, o.above...)
}

func (o *planPolicies) leaveOut(ctx context.Context, what string, why error) {
	tflog.Debug(ctx, "not comparing the plan with "+what, map[string]any{"error": why.Error()})
	o.missing = append(o.missing, what)
}

// limits says what could not be read, and what that may mean, or is "".
func (o planPolicies) limits(meaning string) string {
	if len(o.missing) == 0 {
		return ""
	}
	return fmt.Sprintf("Not looked at, because it could not be read: %s. %s", strings.Join(o.missing, "; "), meaning)
}
