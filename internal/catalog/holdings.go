package catalog

import (
	"context"
	"slices"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
)

// Holdings is what everybody has on a project, and what its own policy holds that is not what it
// seems: for administrators. The policy is read live, in one step; the titles of roles that are not
// known yet are asked for after it, and waited for no longer than a moment. Errors are
// upstream.ErrNotYours outside the scope, and *upstream.Outage.
func (c *Catalog) Holdings(ctx context.Context, project string) (_ eligibility.Holdings, err error) {
	defer asOutage(&err)
	p, err := c.readProject(ctx, project, c.readExcerpt)
	if err != nil {
		return eligibility.Holdings{}, err
	}
	if p.unread != nil {
		return eligibility.Holdings{}, p.unread
	}
	h := eligibility.Holdings{Findings: eligibility.Findings(p.resource(), p.own())}
	var roles []string
	for _, b := range p.own() {
		a, ok, _ := eligibility.ReadActivation(p.resource(), b)
		if !ok {
			continue
		}
		h.Activations = append(h.Activations, a)
		if len(roles) < maxParallel && !slices.Contains(roles, a.Role) {
			roles = append(roles, a.Role)
		}
	}
	if c.titles != nil && len(roles) > 0 {
		h.Titles = c.titles.Titles(quota.Shared(ctx), roles)
	}
	return h, nil
}
