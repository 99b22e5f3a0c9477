package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Identifier tells who sends a request.
type Identifier interface {
	// Verify returns the person whom Identity-Aware Proxy vouches for. The
	// error's text holds no part of the assertion.
	Verify(ctx context.Context, r *http.Request) (identity.Identity, error)
}

// Catalog knows who is eligible for what. A project that is not the person's,
// or does not exist, is upstream.ErrNotYours; what Google does not answer is an
// *upstream.Outage.
type Catalog interface {
	Standing(ctx context.Context, email, project string) (eligibility.Standing, error)
	Overview(ctx context.Context, email string) (eligibility.Overview, error)
	// Peers are those who could approve the person's request.
	Peers(ctx context.Context, email, project string, wanted eligibility.Reference) (eligibility.Peers, error)
	// Holdings is what everybody has on a project: for administrators.
	Holdings(ctx context.Context, project string) (eligibility.Holdings, error)
	// Role is what IAM says of a role; without a name where that cannot be told.
	Role(ctx context.Context, name string) iamrole.Role
}

// Desk activates, asks, decides and ends; see activation.Desk.
type Desk interface {
	Rules() activation.Rules
	Administers(ctx context.Context, email string) (bool, error)
	Self(ctx context.Context, o activation.Order) (activation.Activated, error)
	Ask(ctx context.Context, a activation.Ask) (activation.Asked, error)
	Approve(ctx context.Context, o activation.Decision) (activation.Decided, error)
	Decline(ctx context.Context, o activation.Decision) (activation.Decided, error)
	Withdraw(ctx context.Context, by string, c request.Claims) (activation.Decided, error)
	Revoke(ctx context.Context, r activation.Revocation) (activation.Ended, error)
	End(ctx context.Context, o activation.EndOrder) (activation.Ended, error)
}

// Redeemer reads the tokens of requests; see request.Redeemer.
type Redeemer interface {
	Redeem(ctx context.Context, token string) (request.Claims, error)
}

// Auditor writes down what happened, or was refused; see audit.Log.
type Auditor interface {
	Record(ctx context.Context, e event.Event)
}

// Notifier tells people and systems of what happened, and returns the people
// whom it could not tell. Nobody is told of what changed nothing.
type Notifier interface {
	Tell(ctx context.Context, e event.Event, at event.Addresses) []event.Untold
}

// Deps is what the site needs. All fields are required but the last three.
type Deps struct {
	Identifier Identifier
	Catalog    Catalog
	Desk       Desk
	Redeemer   Redeemer
	Auditor    Auditor
	Notifier   Notifier
	Log        *slog.Logger
	Clock      func() time.Time
	Random     io.Reader
	Version    string
	PublicURL  string // what links in mail begin with, without a slash at the end
	TrustsHost bool   // without a PublicURL: nobody but Google's front end sets the Host of a request
}

// New returns the site. It is safe for concurrent use, and remembers nothing but
// how many pages each person has opened in the last minute.
func New(d Deps) http.Handler {
	s := &site{Deps: d, paces: &paces{full: map[string]time.Time{}}}
	return s.numbered(secured(s.ownForms(s.routes())))
}

type site struct {
	Deps
	paces *paces
}
