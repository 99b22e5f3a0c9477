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

// planPolicies are the policies that a plan is compared with: the one that it changes, and those
// above.
type planPolicies struct {
	own    *policy.Policy     // empty where it could not be read
	ownErr error              // why it could not be read, or nil
	above  []*client.Ancestor // those that could be read, the nearest first
	unread []string           // what could not be read
}

// policiesFor reads the policy of a resource and those above it, side by side. A policy that cannot
// be read is no error: the same apply may create the project, and whoever runs Terraform may see
// nothing above.
func (b *binding) policiesFor(ctx context.Context, resource string) planPolicies {
	var own *policy.Policy
	var ownErr error
	var reading sync.WaitGroup
	reading.Go(func() { own, ownErr = b.client.Policy(ctx, resource) })
	ancestors, end := b.client.Ancestors(ctx, resource)
	reading.Wait()

	found := planPolicies{own: own, ownErr: ownErr}
	if ownErr != nil {
		found.own = &policy.Policy{}
		found.leaveOut(ctx, "the policy of "+resource, ownErr)
	}
	top := resource
	for _, a := range ancestors {
		if top = a.Resource; a.Err != nil {
			found.leaveOut(ctx, "the policy of "+a.Resource, a.Err)
			continue
		}
		found.above = append(found.above, a)
	}
	if end != nil {
		found.leaveOut(ctx, "what stands above "+top, end)
	}
	return found
}

// with are the policies above a resource, behind its own as it will be.
func (p planPolicies) with(resource string, after *policy.Policy) []*client.Ancestor {
	return append([]*client.Ancestor{{Resource: resource, Policy: after}}, p.above...)
}

// leaveOut notes what could not be read.
func (p *planPolicies) leaveOut(ctx context.Context, what string, why error) {
	tflog.Debug(ctx, "not comparing the plan with "+what, map[string]any{"error": why.Error()})
	p.unread = append(p.unread, what)
}

// remark says what could not be read, and what that may mean, or is "".
func (p planPolicies) remark(meaning string) string {
	if len(p.unread) == 0 {
		return ""
	}
	return fmt.Sprintf("Not looked at, because it could not be read: %s. %s", strings.Join(p.unread, "; "), meaning)
}
