package activation

import (
	"context"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// freshness is how long a confirmation may be relied on.
const freshness = 10 * time.Second

// confirmations is how often one order is confirmed before the desk gives up:
// each time but the first, something else changed in between.
const confirmations = 3

// Confirmer looks up what a project's policy cannot show.
type Confirmer interface {
	// Confirm answers what people have on a project of what they are said to have,
	// and its own policy, believing only what Google says now. References carry
	// hints, which save a round trip where they are right.
	Confirm(ctx context.Context, project string, lookups []eligibility.Lookup) (eligibility.Confirmation, *policy.Policy, error)
}

// Policies changes the policy of a resource; see policy.Writer.
type Policies interface {
	Modify(ctx context.Context, resource string, c policy.Change) (policy.Outcome, error)
}

// Desk takes orders to activate, to ask, to decide and to end. It is safe for
// concurrent use.
type Desk struct {
	rules          Rules
	confirm        Confirmer
	catalog        Catalog
	holders        Holders
	roles          Roles
	policies       Policies
	signer         Signer
	administrators Administrators
	clock          func() time.Time
}

// Deps is what a desk works with. All fields are required.
type Deps struct {
	Rules          Rules
	Confirmer      Confirmer
	Catalog        Catalog
	Holders        Holders
	Roles          Roles
	Policies       Policies
	Signer         Signer
	Administrators Administrators
	Clock          func() time.Time
}

// NewDesk returns a desk that works by these rules.
func NewDesk(d Deps) *Desk {
	return &Desk{
		rules: d.Rules, confirm: d.Confirmer, catalog: d.Catalog, holders: d.Holders, roles: d.Roles, policies: d.Policies,
		signer: d.Signer, administrators: d.Administrators, clock: d.Clock,
	}
}

// now is the present in whole seconds, as windows have it.
func (d *Desk) now() time.Time { return d.clock().UTC().Truncate(time.Second) }
