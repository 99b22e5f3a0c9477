package activation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/iamrole"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Signer signs requests; see request.Mint. Its error is an *upstream.Outage where more is
// known than that there is no signature.
type Signer interface {
	Sign(ctx context.Context, c request.Claims) (token string, err error)
}

// Reviewer is a peer who is asked, with a hint of why they may approve.
type Reviewer struct {
	Email string
	Hint  eligibility.Evidence
}

// Ask is an order for one role that a peer must approve.
type Ask struct {
	Order
	Reviewers []Reviewer
}

// Asked is a request that waits for approval. It exists only as its token.
type Asked struct {
	Claims request.Claims
	Token  string

	GrantsMore bool  // the role can grant more access; false where IAM does not tell
	RoleError  error // why it does not, for the log
}

// Ask confirms that the person is eligible and that all reviewers could
// approve, and signs the request. It writes nothing: whoever holds the token
// and is named in it may decide until it expires. The request's id is made from
// that of the order and from what is asked for.
//
// Errors: Faults, *Refusal, *upstream.Outage, or the Confirmer's own.
func (d *Desk) Ask(ctx context.Context, a Ask) (Asked, error) {
	a.Justification = strings.TrimSpace(a.Justification)
	a.Reviewers = distinctReviewers(a.Reviewers)
	if err := d.checkAsk(a); err != nil {
		return Asked{}, err
	}
	a.ID = a.contentID()
	described := d.describe(ctx, a.Roles[0].Role)
	made, err := d.ask(ctx, a)
	role, unknown := described()
	made.GrantsMore, made.RoleError = len(role.GrantsMore()) > 0, unknown
	return made, err
}

func (d *Desk) ask(ctx context.Context, a Ask) (Asked, error) {
	c, read, err := d.confirm.Confirm(ctx, a.Project, a.lookups())
	if err != nil {
		return Asked{}, err
	}
	claims, err := d.claims(a, c, policy.BindingsOf(read))
	if err != nil {
		return Asked{}, err
	}
	token, err := d.signer.Sign(ctx, claims)
	var known *upstream.Outage // that says what is missing
	if errors.As(err, &known) {
		return Asked{}, err
	}
	if err != nil {
		return Asked{}, &upstream.Outage{Service: "IAM Credentials", Err: err}
	}
	return Asked{Claims: claims, Token: token}, nil
}

// describe asks what a role lets its holder do, beside whatever else is done. What
// it returns waits for the answer, and has to be called: nothing outlives its
// request.
func (d *Desk) describe(ctx context.Context, name string) (answer func() (iamrole.Role, error)) {
	var role iamrole.Role
	var err error
	var asking sync.WaitGroup
	asking.Go(func() { role, err = d.roles.Describe(ctx, name) })
	return func() (iamrole.Role, error) {
		asking.Wait()
		return role, err
	}
}

// contentID is the id of the request: of the form, and of all that it asks for. The
// form that is sent again asks again for the same, under the same id; one that
// asks for something else never passes for what was approved.
func (a Ask) contentID() string {
	texts := []string{a.ID, strings.ToLower(a.Person), a.Project, a.Roles[0].Role, a.Roles[0].ResourceCondition, a.Justification, a.Duration.String()}
	for _, r := range a.Reviewers {
		texts = append(texts, strings.ToLower(r.Email))
	}
	slices.Sort(texts[len(texts)-len(a.Reviewers):])
	return eligibility.ContentID(eligibility.MultiPartyID, texts...)
}

func (d *Desk) checkAsk(a Ask) error {
	var faults Faults
	err := d.check(a.Order, eligibility.MultiPartyID)
	if err != nil && !errors.As(err, &faults) {
		return err
	}
	if len(a.Roles) > 1 {
		faults = append(faults, Fault{FieldRoles, "Select 1 role: a request asks for one at a time."})
	}
	return append(faults, d.rules.reviewerFaults(a)...).orNil()
}

// lookups are the beneficiary and the reviewers, each with what is to be
// confirmed.
func (a Ask) lookups() []eligibility.Lookup {
	all := []eligibility.Lookup{{Email: a.Person, Wanted: []eligibility.Reference{a.wanted()}}}
	for _, r := range a.Reviewers {
		wanted := a.wanted()
		wanted.Hint = r.Hint
		all = append(all, eligibility.Lookup{Email: r.Email, Wanted: []eligibility.Reference{wanted}})
	}
	return all
}

// wanted is the role that is asked for, which needs a peer's approval.
func (a Ask) wanted() eligibility.Reference {
	wanted := a.Roles[0]
	wanted.Constraint = eligibility.MultiPartyApproval
	return wanted
}

// claims decides by what was confirmed, and says what the request says.
func (d *Desk) claims(a Ask, c eligibility.Confirmation, held []eligibility.Binding) (request.Claims, error) {
	if known(held, a.resource(), a.ID) {
		return request.Claims{}, &Refusal{Reason: StaleForm, Message: staleMessage}
	}
	mine, err := d.confirmed(held, c, a.resource(), a.Person).find(a.wanted())
	if err != nil {
		return request.Claims{}, err
	}
	if err := d.guard(a.Project); err != nil {
		return request.Claims{}, err
	}
	limits := d.rules.For(mine)
	if err := append(limits.orderFaults(a.Order), limits.reviewerFaults(a)...).orNil(); err != nil {
		return request.Claims{}, err
	}
	claims := request.Claims{
		ID: a.ID, Beneficiary: strings.ToLower(a.Person), Key: mine.Key, Justification: a.Justification,
		Duration: a.Duration, IssuedAt: d.issued(held, mine.Key, a.Person), Binding: mine.Evidence.Digest,
	}
	claims.Expires = d.expiry(claims.IssuedAt, limits)
	for _, r := range a.Reviewers {
		if _, err := d.confirmed(held, c, a.resource(), r.Email).reviewing(claims); err != nil {
			return request.Claims{}, cannotApprove(err, r.Email)
		}
		claims.Reviewers = append(claims.Reviewers, strings.ToLower(r.Email))
	}
	slices.Sort(claims.Reviewers)
	return claims, nil
}

// cannotApprove refuses a reviewer, or says that it is not known of them: who
// asks is eligible, and so knows of project and role.
func cannotApprove(err error, email string) error {
	var unknown *unreadable
	if errors.As(err, &unknown) {
		return groupUnreadable(unknown)
	}
	return Faults{{FieldReviewers, email + " cannot approve this role. Choose somebody else."}}
}

// known tells whether a policy holds something under an id: a request that was
// decided is not asked again under its own.
func known(held []eligibility.Binding, resource, id string) bool {
	return slices.ContainsFunc(held, func(b eligibility.Binding) bool {
		a, ok, _ := eligibility.ReadActivation(resource, b)
		return ok && a.ID == id
	})
}

// issued is when a request is made: now, or the second after the last decision
// about the same key, which would otherwise close it.
func (d *Desk) issued(held []eligibility.Binding, key eligibility.Key, email string) time.Time {
	issued := d.now()
	mine, _ := eligibility.Activations(key.Resource, held, email)
	for _, a := range mine {
		if a.Key == key {
			issued = later(issued, a.Window.Start.Add(apart))
		}
	}
	return issued
}

// expiry is when a request is over. IAM Credentials signs for twelve hours from
// now, by its own clock, and a request may be issued some seconds ahead.
func (d *Desk) expiry(issued time.Time, l Limits) time.Time {
	const clocksDiffer = time.Minute
	expires, longest := issued.Add(l.RequestTimeout), d.now().Add(request.MaxLifetime-clocksDiffer)
	if expires.After(longest) {
		return longest
	}
	return expires
}

func distinctReviewers(all []Reviewer) []Reviewer {
	var kept []Reviewer
	for _, r := range all {
		if !slices.ContainsFunc(kept, func(k Reviewer) bool { return strings.EqualFold(k.Email, r.Email) }) {
			kept = append(kept, r)
		}
	}
	return kept
}
