package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// prepareRequest makes the group of a tenant eligible with approval, and returns the function that
// sends a request, or a decision on one.
func (x *experiment) prepareRequest(ctx context.Context, s *scene, g *client) (func() (*response, error), error) {
	if x.operation.name == choosesPeers {
		s.makeEligibleWithApproval(x.tenant, x.tenant.project(), 1, false)
	} else {
		s.makeEligibleWithApproval(x.tenant, x.tenant.folder(), 1, true)
	}
	reviewer := s.client(x.portal, x.tenant.reviewer(0))
	switch x.operation.name {
	case choosesPeers, choosesMembers:
		look := func() (*response, error) { return g.get(ctx, x.tenant.page()+"/request?role="+multiPartyReference()) }
		return look, x.warm(look)
	case asks:
		fields, err := g.requestForm(ctx, x.tenant, reviewer.email)
		return func() (*response, error) { return g.post(ctx, x.tenant.page()+"/request", fields) }, err
	}
	act := string(x.operation.name)
	request, err := g.ask(ctx, x.tenant, reviewer.email)
	if err != nil {
		return nil, err
	}
	look := func() (*response, error) { return reviewer.get(ctx, request) }
	switch x.operation.name {
	case reviews:
		return look, x.warm(look)
	case seesRequest:
		return func() (*response, error) { return g.get(ctx, request) }, x.warm(look)
	case resends:
		return func() (*response, error) { return g.post(ctx, request+"/resend", nil) }, x.warm(look)
	case opensRevocation:
		return func() (*response, error) { return reviewer.get(ctx, request+"/revoke") }, reviewer.approve(ctx, request)
	case withdraws:
		fields, err := g.decisionForm(ctx, request, act)
		return func() (*response, error) { return g.post(ctx, request+"/"+act, fields) }, err
	case revokes:
		return func() (*response, error) { return reviewer.post(ctx, request+"/"+act, nil) }, reviewer.approve(ctx, request)
	}
	fields, err := reviewer.decisionForm(ctx, request, act)
	return func() (*response, error) { return reviewer.post(ctx, request+"/"+act, fields) }, err
}

// approve approves a request, and fails if that is refused.
func (g *client) approve(ctx context.Context, request string) error {
	a, err := g.decide(ctx, request, "approve")
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("approving answers %d, %q", a.status, a.heading())
	}
	return err
}

// What a role holds is only shown to people. Whatever IAM returns, requests are made, shown and
// approved.
func TestFaults_ARoleThatCannotBeDescribedBlocksNobody(t *testing.T) {
	t.Parallel()
	for _, fault := range everyFault {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := newRequestScene(t, 1)
			x := &experiment{call: callRole, fault: fault, times: always}
			defer s.Inject(x.faultFor)()
			portal, p := s.portal(), x.tenant
			before := s.policy(p.project())
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			page := s.client(portal, p.reviewer(0)).mustGet(t, request)
			for _, text := range upstreamTexts {
				if strings.Contains(page.body, text) {
					t.Errorf("the page says %q, which is none of a browser's business", text)
				}
			}
			if a := must(t)(s.client(portal, p.reviewer(0)).post(t.Context(), request+"/approve", nil)); a.status != http.StatusSeeOther {
				t.Errorf("approving answers %d, %q", a.status, a.heading())
			}
			if err := oneApproved(before, s.policy(p.project())); err != nil {
				t.Error(err)
			}
			if x.struck.Load() < 2 {
				t.Errorf("the fault struck %d times", x.struck.Load())
			}
		})
	}
}

// Nobody decides while the keys of requests cannot be read, and the link is not called damaged.
func TestFaults_WithoutTheKeysOfRequestsNothingIsDecided(t *testing.T) {
	t.Parallel()
	for _, fault := range everyFault {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := newRequestScene(t, 1)
			portal, p := s.portal(), tenant{0}
			request := s.client(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			before, reviewer := s.policy(p.project()), s.client(portal, p.reviewer(0))
			x := &experiment{call: callPublished, fault: fault, times: always}
			remove := s.Inject(x.faultFor)
			a := must(t)(reviewer.post(t.Context(), request+"/approve", nil))
			remove()
			if a.status != http.StatusServiceUnavailable || a.heading() != "Google's key server did not answer" {
				t.Errorf("approving answers %d, %q", a.status, a.heading())
			}
			if err := checkSame(before, s.policy(p.project())); err != nil || x.struck.Load() == 0 {
				t.Errorf("the fault struck %d times, and the policy: %v", x.struck.Load(), err)
			}
		})
	}
}

// Access comes first: what becomes of mail changes nothing of what was asked or decided, and is
// said on the page.
func TestFaults_MailThatFailsIsSaidAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, how := range []mailFault{refusing, hanging, dropping} {
		for _, act := range []string{"approve", "decline"} {
			if how == hanging && act == "decline" { // notifies in the same way, and takes as long
				continue
			}
			t.Run(string(how)+" "+act, func(t *testing.T) {
				t.Parallel()
				mails := openMailbox(t)
				s := newRequestScene(t, 1, mails.environment()...)
				portal, p := s.portal(), tenant{0}
				before, reviewer := s.policy(p.project()), s.client(portal, p.reviewer(0))
				asker := s.client(portal, p.person())
				mails.setFault(p.person(), how)
				mails.setFault(p.reviewer(0), how)
				form, err := asker.requestForm(t.Context(), p, reviewer.email)
				if err != nil {
					t.Fatal(err)
				}
				asked := must(t)(asker.post(t.Context(), p.page()+"/request", form))
				if page := asker.mustGet(t, asked.location); page.heading() != "Not sent" || !strings.Contains(page.body, "/?activation=") {
					t.Errorf("the request is headed %q, and shows its link: %t", page.heading(), strings.Contains(page.body, "/?activation="))
				}
				decided := must(t)(reviewer.decide(t.Context(), asked.path(), act))
				page := reviewer.mustGet(t, decided.location)
				if decided.status != http.StatusSeeOther || !strings.Contains(page.Text(), "The e-mail to "+p.person()) || strings.Contains(page.body, "upstream said") {
					t.Errorf("%s answers %d, and its page, headed %q, does not say who was not told", act, decided.status, page.heading())
				}
				if err := map[string]func(_, _ *iampb.Policy) error{"approve": oneApproved, "decline": oneDeclined}[act](before, s.policy(p.project())); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
