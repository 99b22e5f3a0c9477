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

// operation is what a person does with a tenant of their own. Before it, the tenant is prepared and
// the portal's caches are filled.
type operation struct {
	name     operationName
	cold     bool // the index was not asked yet; for home the portal has just started
	calls    []callKind
	status   int                                     // of the good run
	heading  string                                  // of its page
	change   func(before, after *iampb.Policy) error // nil: none
	acts     bool                                    // the audit log has the good run
	warnings int                                     // on the page of the good run, here that the role can grant more access
	alike    bool                                    // see faultsToTry
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
	{name: ends, cold: true, calls: []callKind{callPlacement, callPolicy, callWrite}, status: http.StatusSeeOther, change: oneShorter, acts: true},

	// Peers by name are found in the policy that peers of a group are found in, without their
	// group.
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

// faultsToTry are the faults of an operation's experiments. Where another operation makes the same
// calls through the same code, only the pages differ. Then one fault of each kind is enough: a
// refusal, no response, and a timeout.
func (o operation) faultsToTry() []faultName {
	if o.alike {
		return []faultName{"403", "404", "503", "hang"}
	}
	return everyFault
}

// callsWithoutFaults returns the calls that each operation makes, in the order of operations. It
// fails if a route is in none of them.
func callsWithoutFaults(t *testing.T) [][]callKind {
	t.Helper()
	calls, patterns := make([][]callKind, len(operations)), make([]string, len(operations))
	t.Run("good runs", func(t *testing.T) {
		for i, o := range operations {
			t.Run(fmt.Sprintf("%s, cold %t", o.name, o.cold), func(t *testing.T) {
				t.Parallel()
				calls[i], patterns[i] = callsOf(t, o)
			})
		}
	})
	t.Run("every route", func(t *testing.T) { wantEveryRoute(t, patterns) })
	return calls
}

// callsOf runs an operation without faults, and returns its calls, which its list must name, and
// the pattern of its route.
func callsOf(t *testing.T, o operation) (kinds []callKind, pattern string) {
	t.Helper()
	s := faultScene(t, 1)
	x, p := &experiment{operation: o}, s.portal()
	if !x.alone() {
		if err := s.firstVisit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s.SetLatency(journalLatency) // no response may make another call superfluous
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

// prepare returns the function that sends the operation's request.
func (x *experiment) prepare(ctx context.Context, s *scene) (func() (*response, error), error) {
	g := s.client(x.portal, x.person())
	look := func(address string) func() (*response, error) {
		return func() (*response, error) { return g.get(ctx, address) }
	}
	page, reference := x.tenant.page(), eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	switch x.operation.name {
	case lists:
		return look(page), x.warm(look(page))
	case goesHome:
		return look("/"), x.warm(look("/"))
	case opensActivation:
		return look(page + "/activate?role=" + x.tenant.groupReference()), x.warm(look(page))
	case seesActivation, opensEnd, seesEnded, ends:
		id, err := x.giveActivation(s, x.operation.name == seesEnded)
		if err != nil {
			return nil, err
		}
		fields := url.Values{"role": {reference}, "id": {id}}
		return map[operationName]func() (*response, error){
			seesActivation: look(page + "/activations/" + id), opensEnd: look(page + "/end?role=" + reference), seesEnded: look(page + "/ended?role=" + reference),
			ends: func() (*response, error) { return g.post(ctx, page+"/end", fields) },
		}[x.operation.name], x.warm(look(page))
	case choosesPeers, choosesMembers, asks, reviews, seesRequest, resends, opensRevocation, approves, declines, withdraws, revokes:
		return x.prepareRequest(ctx, s, g)
	case seesHoldings, opensTaking, takes:
		return x.prepareAdministration(ctx, s, reference)
	}
	fields := activationFormAs(fmt.Sprintf("jit-%016d", x.tenant.number), x.tenant.groupReference())
	return func() (*response, error) { return g.post(ctx, page+"/activate", fields) }, x.warm(look(page))
}

// prepareAdministration gives the person an activation, and returns the function that sends an
// administrator's request about it.
func (x *experiment) prepareAdministration(ctx context.Context, s *scene, reference string) (func() (*response, error), error) {
	g, page := s.client(x.portal, x.tenant.administrator()), x.tenant.page()
	id, err := x.giveActivation(s, false)
	if err != nil {
		return nil, err
	}
	fields := url.Values{"role": {reference}, "user": {x.tenant.person()}, "id": {id}}
	send := map[operationName]func() (*response, error){
		seesHoldings: func() (*response, error) { return g.get(ctx, page+"/holdings") },
		opensTaking:  func() (*response, error) { return g.get(ctx, page+"/revoke?"+fields.Encode()) },
		takes:        func() (*response, error) { return g.post(ctx, page+"/revoke", fields) },
	}
	return send[x.operation.name], x.warm(send[seesHoldings])
}

// giveActivation activates the person's own role, and returns the id of the activation.
func (x *experiment) giveActivation(s *scene, over bool) (id string, err error) {
	now := s.World().Now().UTC().Truncate(time.Second)
	a := eligibility.Activation{
		Key: eligibility.Key{Resource: "projects/" + x.tenant.id(), Role: ownRole}, User: x.tenant.person(), ID: fmt.Sprintf("jit-%016d", x.tenant.number),
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
	s.edit(x.tenant.project(), func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: b.Role, Members: b.Members, Condition: exprOf(b.Condition)})
	})
	return a.ID, nil
}

// warm makes a first visit, so that the index is cached.
func (x *experiment) warm(look func() (*response, error)) error {
	if x.operation.cold {
		return nil
	}
	a, err := look()
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("a visit without faults answers %d, %q", a.status, a.heading())
	}
	return err
}

// groupReference is the reference of the group's role, with the right hint.
func (p tenant) groupReference() string {
	e := eligibility.Entitlement{
		Key: eligibility.Key{Resource: "projects/" + p.id(), Role: groupRole}, Constraint: eligibility.SelfApproval,
		Evidence: eligibility.Evidence{
			Resource: p.folder(), Digest: strings.Repeat("A", 43),
			Member: eligibility.Principal{Kind: eligibility.Group, Email: p.outerGroup()},
		},
	}
	return e.Reference().Encode()
}
