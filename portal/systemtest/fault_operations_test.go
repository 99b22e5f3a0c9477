package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// operation is what a person does on a plot of their own. Setting the scene and warming the portal comes before, and
// leaves what is to be sent.
type operation struct {
	name     operationName
	cold     bool // the index was not asked yet; for home the portal has just started
	calls    []callKind
	status   int                                     // of the good run
	heading  string                                  // of its page
	change   func(before, after *iampb.Policy) error // nil: none
	acts     bool                                    // the audit log has the good run
	warnings int                                     // on the page of the good run, here that the role can grant more access
	alike    bool                                    // see experimented
}

var operations = []operation{
	{name: lists, calls: []callKind{callPolicy, callMember, callAdministrator}, status: http.StatusOK, heading: "PROJECT"},
	{name: lists, cold: true, calls: []callKind{callPlacement, callPolicy, callMember, callAdministrator}, status: http.StatusOK, heading: "PROJECT"},
	{name: goesHome, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Your access"},
	{name: goesHome, cold: true, calls: []callKind{callKeys, callProjects, callSearch, callPolicy, callMember}, status: http.StatusOK, heading: "Your access"},

	// These four look the project up as its page does, by the same code.
	{name: opensActivation, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Activate roles/example.group on PROJECT", alike: true},
	{name: seesActivation, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Active until TIME UTC", alike: true},
	{name: opensEnd, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "End roles/example.own on PROJECT now?", alike: true},
	{name: seesEnded, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Ended: roles/example.own on PROJECT", alike: true},
	{name: activates, calls: []callKind{callAncestor, callPolicy, callMember, callWrite}, status: http.StatusSeeOther, change: oneMore, acts: true},
	{name: activates, cold: true, calls: []callKind{callAncestor, callPlacement, callPolicy, callMember, callWrite}, status: http.StatusSeeOther, change: oneMore, acts: true},
	{name: activatesAsOutsider, calls: []callKind{callAncestor, callPolicy, callMember, callMembers, callWrite}, status: http.StatusSeeOther, change: oneMore, acts: true},
	{name: ends, calls: []callKind{callPolicy, callWrite}, status: http.StatusSeeOther, change: oneShorter, acts: true},

	// Peers by name are found in the policy that peers of a group are found in, without their group.
	{name: choosesMembers, calls: []callKind{callPolicy, callMember, callMembers}, status: http.StatusOK, heading: "Request Compute Admin on PROJECT"},
	{name: choosesPeers, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Request Compute Admin on PROJECT", alike: true},
	{name: asks, calls: []callKind{callAncestor, callPolicy, callMember, callReviewer, callSign, callRole}, status: http.StatusSeeOther, acts: true},

	// What a reviewer sees is looked up as what the others see of a request, by the same code.
	{name: reviews, calls: []callKind{callPolicy, callMember, callReviewer}, status: http.StatusOK, heading: "PERSON asks for Compute Admin on PROJECT", warnings: 1},
	{name: seesRequest, calls: []callKind{callPolicy, callMember}, status: http.StatusOK, heading: "Waiting for approval", alike: true},
	{name: resends, calls: []callKind{callPolicy, callMember}, status: http.StatusSeeOther, alike: true},
	{name: opensRevocation, calls: []callKind{callPolicy, callMember, callReviewer}, status: http.StatusOK, heading: "Revoke Compute Admin on PROJECT from PERSON now?", alike: true},
	{name: approves, calls: []callKind{callAncestor, callPolicy, callMember, callReviewer, callWrite}, status: http.StatusSeeOther, change: oneApproved, acts: true},
	{name: declines, calls: []callKind{callPolicy, callWrite}, status: http.StatusSeeOther, change: oneDeclined, acts: true},
	{name: withdraws, calls: []callKind{callPolicy, callWrite}, status: http.StatusSeeOther, change: oneWithdrawn, acts: true},
	{name: revokes, calls: []callKind{callPolicy, callWrite}, status: http.StatusSeeOther, change: oneRevoked, acts: true},

	// The question is looked up as the list that leads to it, by the same code.
	{name: seesHoldings, calls: []callKind{callAdministrator, callPolicy}, status: http.StatusOK, heading: "Who has access to PROJECT"},
	{name: opensTaking, calls: []callKind{callAdministrator, callPolicy}, status: http.StatusOK, heading: "Revoke roles/example.own on PROJECT from PERSON now?", alike: true},
	{name: takes, calls: []callKind{callAdministrator, callPolicy, callWrite}, status: http.StatusSeeOther, change: oneRevoked, acts: true},
}

// experimented are the faults of an operation's experiments. Where another one makes the same calls through the same
// code, what differs is the page that is made of an answer, and of one that is refused, of none at once and of none in
// time: one fault of each kind shows it.
func (o operation) experimented() []faultName {
	if o.alike {
		return []faultName{"403", "404", "503", "hang"}
	}
	return everyFault
}

// goodRuns are the calls that each operation makes, by its place, and sees that every route is in one.
func goodRuns(t *testing.T) [][]callKind {
	t.Helper()
	calls, patterns := make([][]callKind, len(operations)), make([]string, len(operations))
	t.Run("good runs", func(t *testing.T) {
		for i, o := range operations {
			t.Run(fmt.Sprintf("%s, cold %t", o.name, o.cold), func(t *testing.T) {
				t.Parallel()
				calls[i], patterns[i] = recorded(t, o)
			})
		}
	})
	t.Run("every route", func(t *testing.T) { wantEveryRoute(t, patterns) })
	return calls
}

// recorded are the calls of a good run, which the operation's list must name, and the pattern of the route that made
// them.
func recorded(t *testing.T, o operation) (kinds []callKind, pattern string) {
	t.Helper()
	s := faultScene(t, 1)
	x, p := &experiment{operation: o}, s.portal()
	if !x.alone() {
		if err := s.firstVisit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s.SetLatency(journalLatency) // no answer may forestall another call
	x.run(t.Context(), s, p)
	if x.err != nil {
		t.Fatalf("a good run: %v", x.err)
	}
	for _, c := range s.Journal().Calls() {
		kind := kindOf(c)
		if slices.Contains(kinds, kind) || kind == callRole && !slices.Contains(o.calls, kind) { // a title that was not known
			continue
		}
		kinds = append(kinds, kind)
	}
	want := slices.Sorted(slices.Values(o.calls))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(kinds))); diff != "" {
		t.Errorf("calls of a good run (-want +got):\n%s", diff)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x.complete(good), x.outcome(t)); diff != "" {
		t.Errorf("outcome of a good run (-want +got):\n%s", diff)
	}
	for _, e := range p.Events("") {
		if e.Pattern != "" {
			pattern = e.Pattern // of the last one
		}
	}
	return kinds, pattern
}

// prepare leaves what is to be sent.
func (x *experiment) prepare(ctx context.Context, s *scene) (func() (*answer, error), error) {
	g := s.guest(x.portal, x.person())
	look := func(address string) func() (*answer, error) {
		return func() (*answer, error) { return g.get(ctx, address) }
	}
	page, reference := x.plot.page(), eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	switch x.operation.name {
	case lists:
		return look(page), x.warm(look(page))
	case goesHome:
		return look("/"), x.warm(look("/"))
	case opensActivation:
		return look(page + "/activate?role=" + x.plot.groupReference()), x.warm(look(page))
	case seesActivation, opensEnd, seesEnded, ends:
		id, err := x.hold(s, x.operation.name == seesEnded)
		if err != nil {
			return nil, err
		}
		fields := url.Values{"role": {reference}, "id": {id}}
		return map[operationName]func() (*answer, error){
			seesActivation: look(page + "/activations/" + id), opensEnd: look(page + "/end?role=" + reference), seesEnded: look(page + "/ended?role=" + reference),
			ends: func() (*answer, error) { return g.post(ctx, page+"/end", fields) },
		}[x.operation.name], x.warm(look(page))
	case choosesPeers, choosesMembers, asks, reviews, seesRequest, resends, opensRevocation, approves, declines, withdraws, revokes:
		return x.prepareParty(ctx, s, g)
	case seesHoldings, opensTaking, takes:
		return x.prepareAdministration(ctx, s, reference)
	}
	fields := orderAs(fmt.Sprintf("jit-%016d", x.plot.number), x.plot.groupReference())
	return func() (*answer, error) { return g.post(ctx, page+"/activate", fields) }, x.warm(look(page))
}

// prepareAdministration lets the person have something, and leaves what an administrator sends about it.
func (x *experiment) prepareAdministration(ctx context.Context, s *scene, reference string) (func() (*answer, error), error) {
	g, page := s.guest(x.portal, x.plot.administrator()), x.plot.page()
	id, err := x.hold(s, false)
	if err != nil {
		return nil, err
	}
	fields := url.Values{"role": {reference}, "user": {x.plot.person()}, "id": {id}}
	send := map[operationName]func() (*answer, error){
		seesHoldings: func() (*answer, error) { return g.get(ctx, page+"/holdings") },
		opensTaking:  func() (*answer, error) { return g.get(ctx, page+"/revoke?"+fields.Encode()) },
		takes:        func() (*answer, error) { return g.post(ctx, page+"/revoke", fields) },
	}
	return send[x.operation.name], x.warm(send[seesHoldings])
}

// hold gives the person an activation of the role of their own, and returns its id.
func (x *experiment) hold(s *scene, over bool) (id string, err error) {
	now := s.World().Now().UTC().Truncate(time.Second)
	a := eligibility.Activation{
		Key: eligibility.Key{Resource: "projects/" + x.plot.id(), Role: ownRole}, User: x.plot.person(), ID: fmt.Sprintf("jit-%016d", x.plot.number),
		Window:      eligibility.Window{Start: now.Add(-time.Minute), End: now.Add(time.Hour)},
		Description: eligibility.SelfApprovedDescription("CASE-1041"),
	}
	if over {
		a.Window.End = now.Add(-time.Second)
	}
	b, err := eligibility.WriteActivation(a)
	if err != nil {
		return "", err
	}
	s.edit(x.plot.project(), func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: b.Role, Members: b.Members, Condition: exprOf(b.Condition)})
	})
	return a.ID, nil
}

// warm makes a visit before, so that the index is known.
func (x *experiment) warm(look func() (*answer, error)) error {
	if x.operation.cold {
		return nil
	}
	a, err := look()
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("a visit without faults answers %d, %q", a.status, a.heading())
	}
	return err
}

// groupReference names the group's role, with the right hint.
func (p plot) groupReference() string {
	e := eligibility.Entitlement{
		Key: eligibility.Key{Resource: "projects/" + p.id(), Role: groupRole}, Constraint: eligibility.SelfApproval,
		Evidence: eligibility.Evidence{
			Resource: p.folder(), Digest: strings.Repeat("A", 43),
			Member: eligibility.Principal{Kind: eligibility.Group, Email: p.outerGroup()},
		},
	}
	return e.Reference().Encode()
}
