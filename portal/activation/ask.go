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
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// Signer signs requests; see request.Mint. An error that says which service or permission failed is
// an *upstream.Outage.
type Signer interface {
	Sign(ctx context.Context, c request.Claims) (token string, err error)
}

// Reviewer is a peer who is asked to approve.
type Reviewer struct {
	Email string
	Hint  eligibility.Evidence // where to look for their eligible binding first
}

// Ask is an order for one role that a peer must approve.
type Ask struct {
	Order
	Subject   string // of the person's account, by which others tell who asked when the e-mail is another one
	Reviewers []Reviewer
}

// Asked is a request that waits for approval. It exists only as its token.
type Asked struct {
	Claims request.Claims
	Token  string

	GrantsMore bool  // the role can grant more access; false where IAM does not describe it
	RoleError  error // why IAM does not describe the role, for the log
}

// Ask confirms that the person is eligible and that each reviewer could approve, and signs the
// request. It writes nothing: until the request expires, anybody whom it names may decide on it
// with its token. The id of the request is made from the id of the form and from what is asked for.
//
// Errors: Faults, *Refusal, *upstream.Outage, *upstream.Throttled, or the Confirmer's own.
func (d *Desk) Ask(ctx context.Context, a Ask) (Asked, error) {
	a.Justification = strings.TrimSpace(a.Justification)
	a.Reviewers = distinctReviewers(a.Reviewers)
	if err := d.checkAsk(a); err != nil {
		return Asked{}, err
	}
	if err := quota.CheckRequest(ctx); err != nil {
		return Asked{}, err
	}
	a.ID = a.contentID()
	described := d.describe(ctx, a.Roles[0].Role)
	made, err := d.ask(ctx, a)
	role, unknown := described()
	made.GrantsMore, made.RoleError = len(role.GrantsMore()) > 0, unknown
	return made, err
}

// ask confirms, judges and signs, in this order: a signed request needs nothing more to be decided.
func (d *Desk) ask(ctx context.Context, a Ask) (Asked, error) {
	c, read, err := d.confirm.Confirm(ctx, a.Project, a.lookups())
	if err != nil {
		return Asked{}, err
	}
	claims, err := d.claims(a, c, policy.BindingsOf(read))
	if err != nil {
		return Asked{}, err
	}
	if err := quota.TakeRequest(ctx); err != nil {
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

// describe starts to read what a role lets its holder do, while something else is done. The
// function that it returns waits for the result, and has to be called, so that no goroutine
// outlives its request.
func (d *Desk) describe(ctx context.Context, name string) (result func() (iamrole.Role, error)) {
	var role iamrole.Role
	var err error
	var asking sync.WaitGroup
	asking.Go(func() { role, err = d.roles.Describe(ctx, name) })
	return func() (iamrole.Role, error) {
		asking.Wait()
		return role, err
	}
}

// contentID is the id of the request, a digest of the form's id and of everything that it asks for.
// A form that is sent again makes the same request under the same id, and a form that was changed
// can never pass for the request that was approved.
func (a Ask) contentID() string {
	parts := []string{a.ID, strings.ToLower(a.Person), a.Project, a.Roles[0].Role, a.Roles[0].ResourceCondition, a.Justification, a.Duration.String()}
	for _, r := range a.Reviewers {
		parts = append(parts, strings.ToLower(r.Email))
	}
	slices.Sort(parts[len(parts)-len(a.Reviewers):])
	return eligibility.ContentID(eligibility.MultiPartyID, parts...)
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

// lookups are what to confirm about the beneficiary and the reviewers.
func (a Ask) lookups() []eligibility.Lookup {
	lookups := []eligibility.Lookup{{Email: a.Person, Wanted: []eligibility.Reference{a.wanted()}}}
	for _, r := range a.Reviewers {
		wanted := a.wanted()
		wanted.Hint = r.Hint
		lookups = append(lookups, eligibility.Lookup{Email: r.Email, Wanted: []eligibility.Reference{wanted}})
	}
	return lookups
}

// wanted is the requested role. Whatever the form says, it needs a peer's approval.
func (a Ask) wanted() eligibility.Reference {
	wanted := a.Roles[0]
	wanted.Constraint = eligibility.MultiPartyApproval
	return wanted
}

// claims judges the order by what was confirmed, and returns the contents of the request.
func (d *Desk) claims(a Ask, c eligibility.Confirmation, bindings []eligibility.Binding) (request.Claims, error) {
	if idInUse(bindings, a.resource(), a.ID) {
		return request.Claims{}, &Refusal{Reason: StaleForm, Message: staleMessage}
	}
	entitlement, err := d.confirmedPerson(bindings, c, a.resource(), a.Person).find(a.wanted())
	if err != nil {
		return request.Claims{}, err
	}
	if err := d.guard(a.Project); err != nil {
		return request.Claims{}, err
	}
	limits := d.rules.For(entitlement)
	if err := append(limits.orderFaults(a.Order), limits.reviewerFaults(a)...).orNil(); err != nil {
		return request.Claims{}, err
	}
	claims := request.Claims{
		ID: a.ID, Beneficiary: strings.ToLower(a.Person), Subject: a.Subject, Key: entitlement.Key, Justification: a.Justification,
		Duration: a.Duration, IssuedAt: d.issueTime(bindings, entitlement.Key, a.Person), Binding: entitlement.Evidence.Digest,
	}
	claims.Expires = d.expiry(claims.IssuedAt, limits)
	for _, r := range a.Reviewers {
		if _, err := d.confirmedPerson(bindings, c, a.resource(), r.Email).entitlementToReview(claims); err != nil {
			return request.Claims{}, cannotApprove(err, r.Email)
		}
		claims.Reviewers = append(claims.Reviewers, strings.ToLower(r.Email))
	}
	slices.Sort(claims.Reviewers)
	return claims, nil
}

// cannotApprove says which reviewer cannot approve, or that a group of theirs could not be read.
// That gives nothing away, because the person who asks is eligible and knows the project and the
// role.
func cannotApprove(err error, email string) error {
	var unknown *groupError
	if errors.As(err, &unknown) {
		return groupUnreadable(unknown)
	}
	return Faults{{FieldReviewers, email + " cannot approve this role. Choose somebody else."}}
}

// idInUse reports whether the policy holds anything with an id. A request that was decided is not
// made again under the same id.
func idInUse(bindings []eligibility.Binding, resource, id string) bool {
	return slices.ContainsFunc(bindings, func(b eligibility.Binding) bool {
		a, ok, _ := eligibility.ReadActivation(resource, b)
		return ok && a.ID == id
	})
}

// issueTime is now, or the second after the last decision about the same key, because that decision
// closes every request that is not younger.
func (d *Desk) issueTime(bindings []eligibility.Binding, key eligibility.Key, email string) time.Time {
	issued := d.now()
	activations, _ := eligibility.Activations(key.Resource, bindings, email)
	for _, a := range activations {
		if a.Key == key {
			issued = later(issued, a.Window.Start.Add(requestGap))
		}
	}
	return issued
}

// expiry is the end of the time in which a request can be decided. IAM Credentials signs tokens for
// at most twelve hours from its own present, and a request may be issued some seconds ahead of
// ours.
func (d *Desk) expiry(issued time.Time, l Limits) time.Time {
	const clocksDiffer = time.Minute
	expires, longest := issued.Add(l.RequestTimeout), d.now().Add(request.MaxLifetime-clocksDiffer)
	if expires.After(longest) {
		return longest
	}
	return expires
}

func distinctReviewers(all []Reviewer) []Reviewer {
	var distinct []Reviewer
	for _, r := range all {
		if !slices.ContainsFunc(distinct, func(seen Reviewer) bool { return strings.EqualFold(seen.Email, r.Email) }) {
			distinct = append(distinct, r)
		}
	}
	return distinct
}
