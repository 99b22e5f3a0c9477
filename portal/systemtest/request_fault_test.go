package systemtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// prepareParty makes the group of a plot eligible with approval, and leaves the form of a request, or of a decision on
// one.
func (x *experiment) prepareParty(ctx context.Context, s *scene, g *guest) (func() (*answer, error), error) {
	if x.operation.name == choosesPeers {
		s.seat(x.plot, x.plot.project(), 1, false)
	} else {
		s.seat(x.plot, x.plot.folder(), 1, true)
	}
	reviewer := s.guest(x.portal, x.plot.reviewer(0))
	switch x.operation.name {
	case choosesPeers, choosesMembers:
		look := func() (*answer, error) { return g.get(ctx, x.plot.page()+"/request?role="+partyReference()) }
		return look, x.warm(look)
	case asks:
		fields, err := g.asking(ctx, x.plot, reviewer.email)
		return func() (*answer, error) { return g.post(ctx, x.plot.page()+"/request", fields) }, err
	}
	act := string(x.operation.name)
	request, err := g.asks(ctx, x.plot, reviewer.email)
	if err != nil {
		return nil, err
	}
	look := func() (*answer, error) { return reviewer.get(ctx, request) }
	switch x.operation.name {
	case reviews:
		return look, x.warm(look)
	case seesRequest:
		return func() (*answer, error) { return g.get(ctx, request) }, x.warm(look)
	case resends:
		return func() (*answer, error) { return g.post(ctx, request+"/resend", nil) }, x.warm(look)
	case opensRevocation:
		return func() (*answer, error) { return reviewer.get(ctx, request+"/revoke") }, reviewer.approves(ctx, request)
	case withdraws:
		fields, err := g.deciding(ctx, request, act)
		return func() (*answer, error) { return g.post(ctx, request+"/"+act, fields) }, err
	case revokes:
		return func() (*answer, error) { return reviewer.post(ctx, request+"/"+act, nil) }, reviewer.approves(ctx, request)
	}
	fields, err := reviewer.deciding(ctx, request, act)
	return func() (*answer, error) { return reviewer.post(ctx, request+"/"+act, fields) }, err
}

// approves is decides for an approval that has to be taken.
func (g *guest) approves(ctx context.Context, request string) error {
	a, err := g.decides(ctx, request, "approve")
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("approving answers %d, %q", a.status, a.heading())
	}
	return err
}

// What a role holds is for people to read: whatever IAM does, requests are made, shown and approved.
func TestFaults_ARoleThatCannotBeDescribedIsInNobodysWay(t *testing.T) {
	t.Parallel()
	for _, fault := range everyFault {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := newParty(t, 1)
			x := &experiment{call: callRole, fault: fault, times: always}
			defer s.Inject(x.strike)()
			portal, p := s.portal(), x.plot
			before := s.policy(p.project())
			request := s.guest(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			page := s.guest(portal, p.reviewer(0)).mustGet(t, request)
			for _, text := range upstreamTexts {
				if strings.Contains(page.body, text) {
					t.Errorf("the page says %q, which is none of a browser's business", text)
				}
			}
			if a := must(t)(s.guest(portal, p.reviewer(0)).post(t.Context(), request+"/approve", nil)); a.status != http.StatusSeeOther {
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
			s := newParty(t, 1)
			portal, p := s.portal(), plot{0}
			request := s.guest(portal, p.person()).mustAsk(t, p, p.reviewer(0))
			before, reviewer := s.policy(p.project()), s.guest(portal, p.reviewer(0))
			x := &experiment{call: callPublished, fault: fault, times: always}
			remove := s.Inject(x.strike)
			a := must(t)(reviewer.post(t.Context(), request+"/approve", nil))
			remove()
			if a.status != http.StatusServiceUnavailable || a.heading() != "Google's key server did not answer" {
				t.Errorf("approving answers %d, %q", a.status, a.heading())
			}
			if err := same(before, s.policy(p.project())); err != nil || x.struck.Load() == 0 {
				t.Errorf("the fault struck %d times, and the policy: %v", x.struck.Load(), err)
			}
		})
	}
}

// Access comes first: what becomes of mail changes nothing of what was asked or decided, and is said on the page.
func TestFaults_MailThatFailsIsSaidAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, how := range []mood{refusing, hanging, dropping} {
		for _, act := range []string{"approve", "decline"} {
			if how == hanging && act == "decline" { // which is told in the same way, and takes as long
				continue
			}
			t.Run(string(how)+" "+act, func(t *testing.T) {
				t.Parallel()
				mails := openMailbox(t)
				s := newParty(t, 1, mails.environment()...)
				portal, p := s.portal(), plot{0}
				before, reviewer := s.policy(p.project()), s.guest(portal, p.reviewer(0))
				asker := s.guest(portal, p.person())
				mails.treat(p.person(), how)
				mails.treat(p.reviewer(0), how)
				form, err := asker.asking(t.Context(), p, reviewer.email)
				if err != nil {
					t.Fatal(err)
				}
				asked := must(t)(asker.post(t.Context(), p.page()+"/request", form))
				if page := asker.mustGet(t, asked.location); page.heading() != "Not sent" || !strings.Contains(page.body, "/?activation=") {
					t.Errorf("the request is headed %q, and shows its link: %t", page.heading(), strings.Contains(page.body, "/?activation="))
				}
				decided := must(t)(reviewer.decides(t.Context(), asked.path(), act))
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
