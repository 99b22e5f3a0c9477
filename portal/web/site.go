package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/identity"
)

// Identifier tells who sends a request.
type Identifier interface {
	// Verify returns the person whom Identity-Aware Proxy vouches for. The
	// error's text holds no part of the assertion.
	Verify(ctx context.Context, r *http.Request) (identity.Identity, error)
}

// Catalog knows who is eligible for what. A project that is not the person's,
// or does not exist, is an *Error of KindNotYours; what Google does not answer
// is an *activation.Outage.
type Catalog interface {
	Standing(ctx context.Context, email, project string) (eligibility.Standing, error)
	Overview(ctx context.Context, email string) (eligibility.Overview, error)
}

// Desk activates and ends; see activation.Desk.
type Desk interface {
	Rules() activation.Rules
	Guards(project string) bool
	Self(ctx context.Context, o activation.Order) (activation.Activated, error)
	End(ctx context.Context, o activation.EndOrder) (activation.Ended, error)
}

// Auditor writes down what happened.
type Auditor interface {
	Activated(ctx context.Context, by Visitor, a activation.Activated)
	Ended(ctx context.Context, by Visitor, e activation.Ended)
	Refused(ctx context.Context, by Visitor, r Refusal)
}

// Visitor is who sent a request, and which one.
type Visitor struct {
	identity.Identity        // the zero value: nobody whom the portal could identify
	Trace             string // X-Cloud-Trace-Context as it came
	Request           string // the portal's own number for the request
}

// Refusal is a request that was not carried out.
type Refusal struct {
	Verb          Verb
	Project       string
	Roles         []eligibility.Reference
	ID            string
	Justification string
	Reason        string // stable, for queries
	Cause         error
}

// Verb names what a request is for, in the log.
type Verb string

const (
	VerbSignIn    Verb = "sign in"
	VerbLookHome  Verb = "list projects"
	VerbLookRoles Verb = "list roles"
	VerbActivate  Verb = "activate roles"
	VerbEnd       Verb = "end a role"
)

// Deps is what the site needs. All fields are required but Version.
type Deps struct {
	Identifier Identifier
	Catalog    Catalog
	Desk       Desk
	Auditor    Auditor
	Log        *slog.Logger
	Clock      func() time.Time
	Random     io.Reader
	Version    string
}

// New returns the site. It is safe for concurrent use and holds no state.
func New(d Deps) http.Handler {
	s := &site{d}
	return s.numbered(secured(s.ownForms(s.routes())))
}

type site struct{ Deps }
