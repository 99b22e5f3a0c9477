package activation

import (
	"errors"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// person is what is known of somebody on one resource, either from a policy and what was confirmed
// or from what a page has read. Both are judged alike.
type person struct {
	held          []eligibility.Entitlement // in the order of eligibility.Entitlements
	doubtful      []eligibility.Entitlement // held if they are a member of a group that could not be read
	causes        map[string]error          // why a group could not be read, by its e-mail
	groupsMissing func(role string) bool    // bindings of the role name a group that was not looked up; nil: none does
}

// confirmedPerson is a person by the bindings of a policy and by what was confirmed beside it.
func (d *Desk) confirmedPerson(bindings []eligibility.Binding, c eligibility.Confirmation, resource, email string) person {
	who, all, now := c.People[strings.ToLower(email)], decidingBindings(bindings, c, resource), d.now()
	return person{
		held: eligibility.Entitlements(resource, all, who, now), doubtful: eligibility.Doubtful(resource, all, who, now), causes: who.Causes,
		groupsMissing: func(role string) bool {
			return slices.ContainsFunc(eligibility.GroupsNamed(all, []string{role}), func(group string) bool {
				return who.Groups[group] == eligibility.NotAsked
			})
		},
	}
}

// personAsRead is a person by what a page has read, for which every group was looked up.
func personAsRead(s eligibility.ProjectAccess) person {
	return person{held: s.Held, doubtful: s.Doubtful}
}

// decidingBindings are all bindings that decide about a resource, its own first, each with the
// resource that it stands on.
func decidingBindings(bindings []eligibility.Binding, c eligibility.Confirmation, resource string) []eligibility.BindingAt {
	all := make([]eligibility.BindingAt, 0, len(bindings)+len(c.Ancestors))
	for _, b := range bindings {
		all = append(all, eligibility.BindingAt{Resource: resource, Binding: b})
	}
	return append(all, c.Ancestors...)
}

// find returns the entitlement that is wanted; see eligibility.Reference.Find. A person with
// self-approval for a role does not have the entitlement that needs a peer. The error is
// errConfirmationOutdated or a refusal, whose cause is a *groupError if it depends on a group that
// could not be read.
func (p person) find(wanted eligibility.Reference) (eligibility.Entitlement, error) {
	e, ok := wanted.Find(p.held)
	switch {
	case !ok && p.incomplete(wanted.Role):
		return eligibility.Entitlement{}, errConfirmationOutdated
	case !ok:
		return eligibility.Entitlement{}, notEligible(p.unreadableGroup(wanted.Matches))
	case e.Closed != "":
		return eligibility.Entitlement{}, &Refusal{Reason: Closed, Message: e.Closed}
	}
	return e, nil
}

// findAll returns the entitlement to each role that is wanted.
func (p person) findAll(wanted []eligibility.Reference) ([]eligibility.Entitlement, error) {
	found := make([]eligibility.Entitlement, len(wanted))
	for i, w := range wanted {
		var err error
		if found[i], err = p.find(w); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// entitlementOf returns the beneficiary's entitlement to the requested role, by the binding under
// which the request was made.
func (p person) entitlementOf(c request.Claims) (eligibility.Entitlement, error) {
	wanted := requestedRole(c)
	e, err := p.find(wanted)
	switch {
	case err == nil && wanted.Names(e), errors.Is(err, errConfirmationOutdated):
		return e, err
	case p.incomplete(wanted.Role):
		return eligibility.Entitlement{}, errConfirmationOutdated
	}
	if unknown := p.unreadableGroup(wanted.Names); unknown != nil {
		return eligibility.Entitlement{}, groupUnreadable(unknown)
	}
	if err != nil && p.unreadableGroup(wanted.Matches) == nil {
		return eligibility.Entitlement{}, ineligibleAs(err, LostEligibility, c.Beneficiary+" is no longer eligible for this role.")
	}
	return eligibility.Entitlement{}, &Refusal{Reason: BindingChanged,
		Message: "The eligible binding has changed since it was asked for. It has to be asked for again."}
}

// entitlementToReview returns the entitlement by which a reviewer may approve a request: any for
// the same role and resource condition.
func (p person) entitlementToReview(c request.Claims) (eligibility.Entitlement, error) {
	wanted := requestedRole(c)
	wanted.Hint = eligibility.Evidence{}
	e, err := p.find(wanted)
	return e, ineligibleAs(err, ReviewerLost, "You are no longer eligible for this role, so you cannot approve it.")
}

// incomplete reports whether a group that could entitle the person to a role was not looked up: a
// hint leaves other groups out, and a binding with another group may have appeared since.
func (p person) incomplete(role string) bool { return p.groupsMissing != nil && p.groupsMissing(role) }

// unreadableGroup returns the group that could not be read and by which the person may hold an
// entitlement like this, or nil.
func (p person) unreadableGroup(like func(eligibility.Entitlement) bool) error {
	i := slices.IndexFunc(p.doubtful, func(e eligibility.Entitlement) bool { return like(e) && e.Closed == "" })
	if i < 0 {
		return nil
	}
	group := p.doubtful[i].Evidence.Member
	return &groupError{group, p.causes[group.Email]}
}

// requestedRole is the role that a request asks for. Its hint names the binding of the request,
// except for requests of JIT Access 1.8.1, which name none.
func requestedRole(c request.Claims) eligibility.Reference {
	return eligibility.Reference{
		Role: c.Key.Role, ResourceCondition: c.Key.ResourceCondition, Constraint: eligibility.MultiPartyApproval,
		Hint: eligibility.Evidence{Digest: c.Binding},
	}
}
