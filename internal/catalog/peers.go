package catalog

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/quota"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// Peers finds who may approve a person's request: everybody who is eligible for the same role,
// project and resource condition with approval by a peer.
//
// It takes two steps: policy and location, beside the membership that the hint names; then, side by
// side, the person's other memberships and the members of all groups that eligible bindings of the
// role name, nested ones too, with one step more for each further page of a list. Without a hint,
// or with a wrong one, it takes one more: nobody has whole groups listed who does not hold the
// role.
//
// Whoever does not hold the entitlement learns nothing: upstream.ErrNotYours, with the groups that
// could not be read, for administrators. Other errors are *upstream.Outage.
func (c *Catalog) Peers(ctx context.Context, email, project string, wanted eligibility.Reference) (_ eligibility.Peers, err error) {
	defer asOutage(&err)
	hide, asked := c.unlessFewCallsLeft(ctx), false
	defer func() { hide(asked, &err) }()
	person := newPerson(email)
	p, err := c.readProjectAndHint(ctx, project, person, wanted)
	if err != nil {
		return eligibility.Peers{}, err
	}
	asked = true
	if !c.holds(p, person, wanted) {
		if err := c.askGroups(ctx, person, eligibility.GroupsNamed(p.bindings(), nil)); err != nil {
			return eligibility.Peers{}, err
		}
	}
	access := p.access(person, c.clock())
	if err := p.refusal(c.holds(p, person, wanted)); err != nil {
		return eligibility.Peers{Unreadable: access.Unreadable}, err
	}
	candidates := p.approvingBindings(wanted)
	found, err := c.askPeers(ctx, person, p, candidates)
	if err != nil {
		return eligibility.Peers{}, err
	}
	access = p.access(person, c.clock())
	access.Titles = found.titles
	return eligibility.Peers{Access: access, People: peersOf(candidates, found.members, person.Email), Unreadable: found.unreadable}, nil
}

// readProjectAndHint reads a project while the group that a hint names is asked for a person, and
// waits for both; see firstStep.
func (c *Catalog) readProjectAndHint(ctx context.Context, id string, person eligibility.Person, wanted eligibility.Reference) (p *project, err error) {
	var given hints
	if quota.TrustsHints(ctx) {
		given.groups = hintedGroup(wanted)
	}
	var calls errgroup.Group
	var unread error
	calls.Go(func() error {
		p, unread = c.readProject(ctx, id, c.readExcerpt)
		return unread
	})
	calls.Go(func() error { return c.askGroups(ctx, person, given.groups) })
	err = calls.Wait()
	given.check(ctx, p, nil, cmp.Or(unread, err))
	return p, err
}

// holds tells whether a person holds what is wanted, by the groups that were asked.
func (c *Catalog) holds(p *project, person eligibility.Person, wanted eligibility.Reference) bool {
	return slices.ContainsFunc(eligibility.Entitlements(p.resource(), p.bindings(), person, c.clock()), wanted.Matches)
}

// candidate is an eligible binding whose members could approve.
type candidate struct {
	binding  eligibility.BindingAt
	eligible eligibility.Eligible
}

// approvingBindings are the bindings that make peers for what is wanted.
func (p *project) approvingBindings(wanted eligibility.Reference) []candidate {
	var all []candidate
	for _, b := range p.bindings() {
		if b.Binding.Role != wanted.Role || b.Binding.Condition == nil {
			continue
		}
		eligible, ok, _ := eligibility.ReadEligible(*b.Binding.Condition)
		if ok && eligible.Unusable == "" && eligible.Constraint == eligibility.MultiPartyApproval && eligible.ResourceCondition == wanted.ResourceCondition {
			all = append(all, candidate{binding: b, eligible: eligible})
		}
	}
	return all
}

// peerSearch is what the second step of a search for peers finds.
type peerSearch struct {
	members    map[string][]string // of the candidates' groups
	unreadable []string            // those groups whose members could not be read
	titles     map[string]string   // of the role
}

// askPeers asks for the person's memberships, for the members of the candidates' groups and for
// what the role is called, all at once.
func (c *Catalog) askPeers(ctx context.Context, person eligibility.Person, p *project, candidates []candidate) (peerSearch, error) {
	found := peerSearch{members: map[string][]string{}}
	var bindings []eligibility.BindingAt
	for _, candidate := range candidates {
		bindings = append(bindings, candidate.binding)
	}
	groups := eligibility.GroupsNamed(bindings, nil)
	if err := quota.Reserve(ctx, quota.Directory, len(groups)); err != nil {
		return peerSearch{}, err
	}
	lists := make([][]string, len(groups))
	failed := make([]bool, len(groups))
	calls, within := errgroup.WithContext(ctx)
	calls.SetLimit(maxParallel)
	calls.Go(func() error { return c.askGroups(within, person, eligibility.GroupsNamed(p.bindings(), nil)) })
	calls.Go(func() error {
		found.titles = c.titlesFor(within, bindings, person)
		return nil
	})
	for i, group := range groups {
		calls.Go(func() error {
			var err error
			lists[i], err = c.listMembers(within, group)
			failed[i] = err != nil
			if upstream.AsThrottled(err) != nil {
				return err
			}
			return within.Err()
		})
	}
	if err := calls.Wait(); err != nil {
		return peerSearch{}, err
	}
	for i, group := range groups {
		found.members[group] = lists[i]
		if failed[i] {
			found.unreadable = append(found.unreadable, group)
		}
	}
	return found, nil
}

func (c *Catalog) listMembers(ctx context.Context, group string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	return c.memberships.ListMembers(ctx, group)
}

// peersOf are the members of the candidates, each once with the first evidence: by name before by
// group.
func peersOf(candidates []candidate, members map[string][]string, except string) []eligibility.Peer {
	found := map[string]eligibility.Evidence{}
	add := func(email string, e eligibility.Evidence) {
		if _, ok := found[email]; !ok && email != except && !strings.HasSuffix(email, ".gserviceaccount.com") {
			found[email] = e
		}
	}
	for _, kind := range []eligibility.PrincipalKind{eligibility.User, eligibility.Group} {
		for _, c := range candidates {
			for _, member := range c.binding.Binding.Members {
				who, err := eligibility.ParsePrincipal(member)
				if err != nil || who.Kind != kind {
					continue
				}
				evidence := eligibility.EvidenceOf(c.binding, c.eligible, who)
				if kind == eligibility.User {
					add(who.Email, evidence)
				}
				for _, email := range members[who.Email] {
					add(email, evidence)
				}
			}
		}
	}
	all := make([]eligibility.Peer, 0, len(found))
	for _, email := range slices.Sorted(maps.Keys(found)) {
		all = append(all, eligibility.Peer{Email: email, Evidence: found[email]})
	}
	return all
}
