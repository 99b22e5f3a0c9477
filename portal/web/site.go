package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
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

// Access says what people may activate and have active; see activation.Desk, which
// implements this and what follows up to Revoker. A project that is not the
// person's, or does not exist, is upstream.ErrNotYours; what Google does not answer
// is an *upstream.Outage.
type Access interface {
	Overview(ctx context.Context, email string) (eligibility.Overview, error)
	ProjectAccess(ctx context.Context, email, project string) (eligibility.ProjectAccess, error)
	Holdings(ctx context.Context, email, project string) (eligibility.Holdings, error)
}

// Activator activates what needs nobody's approval, and ends what is active.
type Activator interface {
	ChooseSelf(ctx context.Context, email, project string, roles []eligibility.Reference) (activation.Choice, error)
	Self(ctx context.Context, o activation.Order) (activation.Activated, error)
	End(ctx context.Context, o activation.EndOrder) (activation.Ended, error)
}

// Requests asks peers, and looks at what was asked.
type Requests interface {
	ChoosePeer(ctx context.Context, email, project string, role eligibility.Reference) (activation.Choice, error)
	Ask(ctx context.Context, a activation.Ask) (activation.Asked, error)
	Look(ctx context.Context, c request.Claims, viewer string) (activation.Review, error)
}

// Decider decides on requests.
type Decider interface {
	Approve(ctx context.Context, o activation.Decision) (activation.Decided, error)
	Decline(ctx context.Context, o activation.Decision) (activation.Decided, error)
	Withdraw(ctx context.Context, by string, c request.Claims) (activation.Decided, error)
}

// Revoker ends what others have active.
type Revoker interface {
	Administers(ctx context.Context, email string) (bool, error)
	Revoke(ctx context.Context, r activation.Revocation) (activation.Ended, error)
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
	Notify(ctx context.Context, e event.Event, at event.Addresses) []event.Unreached
}

// Deps is what the site needs. All fields are required but the last three.
type Deps struct {
	Identifier Identifier
	Rules      activation.Rules
	Access     Access
	Activator  Activator
	Requests   Requests
	Decider    Decider
	Revoker    Revoker
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
