package activation

import (
	"errors"
	"slices"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/request"
)

// person is what is known of somebody on one resource: by a policy and what was
// confirmed, or by what a page has read. Both are judged alike.
type person struct {
	held     []eligibility.Entitlement // in the order of eligibility.Entitlements
	doubtful []eligibility.Entitlement // held if they are in a group that could not be read
	causes   map[string]error          // why a group could not be read, by its e-mail
	unasked  func(role string) bool    // a group that bindings of the role name was not asked; nil: all were
}

// confirmed is a person by the policy that holds these bindings, and by what was
// confirmed beside it.
func (d *Desk) confirmed(held []eligibility.Binding, c eligibility.Confirmation, resource, email string) person {
	who, all, now := c.People[strings.ToLower(email)], decisive(held, c, resource), d.now()
	return person{
		held: eligibility.Entitlements(resource, all, who, now), doubtful: eligibility.Doubtful(resource, all, who, now), causes: who.Causes,
		unasked: func(role string) bool {
			return slices.ContainsFunc(eligibility.GroupsNamed(all, []string{role}), func(group string) bool {
				return who.Groups[group] == eligibility.NotAsked
			})
		},
	}
}

// asRead is a person by what a page has read, with all groups asked.
func asRead(s eligibility.ProjectAccess) person {
	return person{held: s.Held, doubtful: s.Doubtful}
}

// decisive are all bindings that decide about a resource, with the resources that
// they stand on: its own first.
func decisive(held []eligibility.Binding, c eligibility.Confirmation, resource string) []eligibility.BindingAt {
	all := make([]eligibility.BindingAt, 0, len(held)+len(c.Ancestors))
	for _, b := range held {
		all = append(all, eligibility.BindingAt{Resource: resource, Binding: b})
	}
	return append(all, c.Ancestors...)
}

// find returns the entitlement that is wanted; see eligibility.Reference.Find.
// Its constraint counts: self-approval is none for whom a peer must approve. The
// error is errConfirmAgain, or a refusal, whose cause is an *unreadable where it
// depends on a group that did not answer.
func (p person) find(wanted eligibility.Reference) (eligibility.Entitlement, error) {
	e, ok := wanted.Find(p.held)
	switch {
	case !ok && p.incomplete(wanted.Role):
		return eligibility.Entitlement{}, errConfirmAgain
	case !ok:
		return eligibility.Entitlement{}, notEligible(p.doubt(wanted.Matches))
	case e.Closed != "":
		return eligibility.Entitlement{}, &Refusal{Reason: Closed, Message: e.Closed}
	}
	return e, nil
}

// all returns the entitlements to everything that is wanted.
func (p person) all(wanted []eligibility.Reference) ([]eligibility.Entitlement, error) {
	found := make([]eligibility.Entitlement, len(wanted))
	for i, w := range wanted {
		var err error
		if found[i], err = p.find(w); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// under returns the beneficiary's entitlement to what a request asks for, which
// must stand on the binding that it was asked for under.
func (p person) under(c request.Claims) (eligibility.Entitlement, error) {
	wanted := wantedBy(c)
	e, err := p.find(wanted)
	switch {
	case err == nil && wanted.Names(e), errors.Is(err, errConfirmAgain):
		return e, err
	case err == nil && p.incomplete(wanted.Role):
		return eligibility.Entitlement{}, errConfirmAgain
	}
	if unknown := p.doubt(wanted.Names); unknown != nil {
		return eligibility.Entitlement{}, groupUnreadable(unknown)
	}
	if err != nil && p.doubt(wanted.Matches) == nil {
		return eligibility.Entitlement{}, about(err, LostEligibility, c.Beneficiary+" is no longer eligible for this role.")
	}
	return eligibility.Entitlement{}, &Refusal{Reason: BindingChanged,
		Message: "The eligible binding has changed since it was asked for. It has to be asked for again."}
}

// reviewing returns the entitlement by which a reviewer may approve what a
// request asks for: any of the same role and resource condition.
func (p person) reviewing(c request.Claims) (eligibility.Entitlement, error) {
	wanted := wantedBy(c)
	wanted.Hint = eligibility.Evidence{}
	e, err := p.find(wanted)
	return e, about(err, ReviewerLost, "You are no longer eligible for this role, so you cannot approve it.")
}

func (p person) incomplete(role string) bool { return p.unasked != nil && p.unasked(role) }

// doubt is the group on which it depends whether the person holds an entitlement
// like this, and which did not answer; nil where there is none.
func (p person) doubt(like func(eligibility.Entitlement) bool) error {
	i := slices.IndexFunc(p.doubtful, func(e eligibility.Entitlement) bool { return like(e) && e.Closed == "" })
	if i < 0 {
		return nil
	}
	group := p.doubtful[i].Evidence.Member
	return &unreadable{group, p.causes[group.Email]}
}

// wantedBy is what a request asks for. Its hint names the binding, where the
// request does: those of JIT Access 1.8.1 name none.
func wantedBy(c request.Claims) eligibility.Reference {
	return eligibility.Reference{
		Role: c.Key.Role, ResourceCondition: c.Key.ResourceCondition, Constraint: eligibility.MultiPartyApproval,
		Hint: eligibility.Evidence{Digest: c.Binding},
	}
}
