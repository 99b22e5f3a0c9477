package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/event"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Identifier identifies the person who sends a request.
type Identifier interface {
	// Verify returns the person whom Identity-Aware Proxy vouches for. The error's text holds no
	// part of the assertion.
	Verify(ctx context.Context, r *http.Request) (identity.Identity, error)
}

// Access reads what people may activate and have active. activation.Desk implements it and the
// interfaces up to Revoker. The error is upstream.ErrNotYours for a project that is not the
// person's or does not exist, and an *upstream.Outage where Google did not answer.
type Access interface {
	Overview(ctx context.Context, email string) (eligibility.Overview, error)
	ProjectAccess(ctx context.Context, email, project string) (eligibility.ProjectAccess, error)
	Holdings(ctx context.Context, email, project string) (eligibility.Holdings, error)
}

// Activator activates roles that need nobody's approval, and ends activations.
type Activator interface {
	ChooseSelf(ctx context.Context, email, project string, roles []eligibility.Reference) (activation.Choice, error)
	Self(ctx context.Context, o activation.Order) (activation.Activated, error)
	End(ctx context.Context, o activation.EndOrder) (activation.Ended, error)
}

// Requests makes requests to peers, and reads their state.
type Requests interface {
	ChoosePeer(ctx context.Context, email, project string, role eligibility.Reference) (activation.Choice, error)
	Ask(ctx context.Context, a activation.Ask) (activation.Asked, error)
	Look(ctx context.Context, c request.Claims, viewer, subject string) (activation.Review, error)
}

// Decider decides on requests.
type Decider interface {
	Approve(ctx context.Context, o activation.DecisionOrder) (activation.Decided, error)
	Decline(ctx context.Context, o activation.DecisionOrder) (activation.Decided, error)
	Withdraw(ctx context.Context, by string, c request.Claims) (activation.Decided, error)
}

// Revoker ends the activations of others.
type Revoker interface {
	Administers(ctx context.Context, email string) (bool, error)
	Revoke(ctx context.Context, r activation.Revocation) (activation.Ended, error)
}

// Redeemer reads the tokens of requests; see request.Redeemer.
type Redeemer interface {
	Redeem(ctx context.Context, token string) (request.Claims, error)
}

// Auditor records what happened and what was refused; see audit.Log.
type Auditor interface {
	Record(ctx context.Context, e event.Event)
}

// Notifier notifies people and systems of an event, and returns the people whom it did not reach.
// It notifies nobody of an event that changed nothing.
type Notifier interface {
	Notify(ctx context.Context, e event.Event, at event.Addresses) []event.Unreached
}

// Deps are the dependencies of the site. All fields are required but the last three.
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
	Quota      *quota.Limiter
	Log        *slog.Logger
	Clock      func() time.Time
	Random     io.Reader
	Version    string
	PublicURL  string // what links in mail begin with, without a slash at the end; "" where it is not known
	AppEngine  string // the service of App Engine, if its front end alone is in front of the site; "" elsewhere

	// Wait waits for a while, or until the context is over. It does so by the system's clock if
	// nil.
	Wait func(ctx context.Context, d time.Duration)
}

// New returns the site. It is safe for concurrent use. Its only state between requests is what it
// has counted, and what is under way.
func New(d Deps) http.Handler {
	if d.Wait == nil {
		d.Wait = wait
	}
	s := &site{
		Deps: d, forms: http.NewCrossOriginProtection(), links: newLinkLimiter(),
		pages: newPagesUnderWay(), acts: newActsUnderWay(),
	}
	return s.logRequests(withSecurityHeaders(s.routes()))
}

// site has the handlers as its methods.
type site struct {
	Deps
	forms       *http.CrossOriginProtection // tells the portal's own forms from those of other sites
	links       *linkLimiter
	pages, acts *underWay
}
