// Package request knows the signed token of a multi-party activation that waits for approval:
// nothing else holds such a request.
//
// A token is accepted only if the portal's own service account signed it, by RS256 and a published
// key, for itself, for this use and this version, and if everything that it says is well-formed and
// within bounds. Tokens of JIT Access 1.8.1, which carry no version, are read as well. Everything
// else is refused with an Error that says why.
//
// A valid token is no permission: it says what somebody asked for. Who is eligible, who may approve
// and whether the request is spent is decided elsewhere, on the live policy.
package request

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

const (
	// MaxLink is the longest link that mail programs and proxies leave intact, in characters.
	// Whoever makes a link checks it, because this package knows the token alone.
	MaxLink = 1900
	// MaxReviewers is how many people one request can ask.
	MaxReviewers = 100
	// MaxLifetime is how long a request can wait: the longest that IAM Credentials signs for.
	MaxLifetime = 12 * time.Hour
	// MaxWindow bounds the window that a request asks for. It is far longer than the maximum that
	// portals are configured with, which is what counts.
	MaxWindow = 365 * 24 * time.Hour
)

// Claims are what a request says. Everything in it is checked again when it is approved.
type Claims struct {
	// ID begins with "mpa-" and is valid for eligibility. The ids of JIT Access 1.8.1 may hold +
	// and /, for which - and _ stand here.
	ID string
	// Beneficiary is the e-mail of the person who asks, lower-case.
	Beneficiary string
	// Subject is the beneficiary's account, as Identity-Aware Proxy names it, which stays when the
	// e-mail changes. It is "" in tokens of 1.8.1 and of earlier versions of ours.
	Subject string
	// Reviewers are the e-mails of those who were asked, lower-case, sorted and distinct. The
	// beneficiary is not among them, except in tokens of 1.8.1.
	Reviewers []string
	// Key is what is asked for; its resource condition is canonical.
	Key           eligibility.Key
	Justification string
	// Duration is that of the window which approval opens, in whole seconds.
	Duration time.Duration
	// IssuedAt and Expires are whole seconds, UTC.
	IssuedAt, Expires time.Time
	// Binding is the digest of the evidence that the beneficiary was eligible by, "" in tokens of
	// 1.8.1.
	Binding string
	// Fixed is the window of a token of 1.8.1, to be honoured as it is, and nil in ours.
	Fixed *eligibility.Window
}

// AskedBy reports whether a person is the beneficiary, in whatever case their e-mail is written.
func (c Claims) AskedBy(email string) bool { return strings.EqualFold(email, c.Beneficiary) }

// AskedByAccount reports whether an account is the beneficiary's, under whatever address. It is
// false where the request does not say whose account asked.
func (c Claims) AskedByAccount(subject string) bool { return c.Subject != "" && subject == c.Subject }

// IsReviewer reports whether a person was asked to review, in whatever case their e-mail is
// written.
func (c Claims) IsReviewer(email string) bool {
	return slices.ContainsFunc(c.Reviewers, func(reviewer string) bool { return strings.EqualFold(email, reviewer) })
}

// KeysURL is where Google publishes the keys of a service account, as a JSON Web Key Set.
func KeysURL(account string) string {
	return "https://www.googleapis.com/service_accounts/v1/metadata/jwk/" + url.PathEscape(account)
}
