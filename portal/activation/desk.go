package activation

import (
	"context"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// confirmationMaxAge is how long a change may rely on what was confirmed.
const confirmationMaxAge = 10 * time.Second

// maxConfirmations is how often one order is confirmed before the desk gives up. It confirms again
// only if something else has changed in between.
const maxConfirmations = 3

// Confirmer confirms what a project's own policy cannot show: bindings of folders and
// organizations, and memberships of groups.
type Confirmer interface {
	// Confirm returns what each person has on a project of what they want there, and the project's
	// policy, by what Google says now. References carry hints, which are verified and save a round
	// trip if they are right.
	Confirm(ctx context.Context, project string, lookups []eligibility.Lookup) (eligibility.Confirmation, *policy.Policy, error)
}

// Policies changes the policy of a resource; see policy.Writer.
type Policies interface {
	Modify(ctx context.Context, resource string, c policy.Change) (policy.Outcome, error)
}

// Locator finds out where a project stands.
type Locator interface {
	// Locate reads the policy of a project as it is now and finds out beside that where the project
	// stands. The error is why the policy could not be read.
	Locate(ctx context.Context, project string) (eligibility.Standing, *policy.Policy, error)
}

// Desk carries out orders to activate, to ask, to decide and to end. It is safe for concurrent use.
type Desk struct {
	rules          Rules
	confirm        Confirmer
	catalog        Catalog
	holders        Holders
	roles          Roles
	gate           gate
	signer         Signer
	administrators Administrators
	clock          func() time.Time
}

// Deps are the dependencies of a desk. All fields are required.
type Deps struct {
	Rules          Rules
	Confirmer      Confirmer
	Catalog        Catalog
	Holders        Holders
	Roles          Roles
	Policies       Policies
	Locator        Locator
	Signer         Signer
	Administrators Administrators
	Clock          func() time.Time
}

// NewDesk returns a desk with these dependencies.
func NewDesk(d Deps) *Desk {
	desk := &Desk{
		rules: d.Rules, confirm: d.Confirmer, catalog: d.Catalog, holders: d.Holders, roles: d.Roles,
		signer: d.Signer, administrators: d.Administrators, clock: d.Clock,
	}
	desk.gate = gate{policies: d.Policies, locator: d.Locator, guard: desk.guard}
	return desk
}

// now is the present in whole seconds, because windows have no fractions of them.
func (d *Desk) now() time.Time { return d.clock().UTC().Truncate(time.Second) }
