package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	partyRole   = "roles/cloudsql.admin"
	partyReason = "CASE-1042 fail over the ledger"
	reviewer    = "bob@example.com"
	decliner    = "carol@example.com"
	// moods is how often a hostile day's mail server goes wrong.
	moods = 3
)

// party is what the steps of a request leave to one another.
type party struct {
	*checking
	asked *testbed.Page // the request as alice sees it
	link  string        // as the mail has it
	bob   *testbed.Visitor
}

// ask asks bob and carol, again where the mail server was moody.
func (p *party) ask(ctx context.Context) error {
	page, err := p.request(ctx)
	if err != nil {
		return err
	}
	for range moods + 1 {
		p.asked = page
		if page.Heading() == "Waiting for approval" {
			return nil
		}
		if page, err = p.alice.Send(ctx, page, `form[action$="/resend"]`, nil); err != nil {
			return err
		}
	}
	return fmt.Errorf("the request is headed %q, with status %d", page.Heading(), page.Status)
}

// request fills in the form that asks for the role.
func (p *party) request(ctx context.Context) (*testbed.Page, error) {
	project, err := p.alice.Open(ctx, "/projects/"+checkedProject)
	if err != nil {
		return nil, err
	}
	reference := ""
	for _, entry := range project.Find("li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), partyRole) {
			reference = entry.Find("input[name=role]").AttrOr("value", "")
		}
	}
	if reference == "" {
		return nil, fmt.Errorf("the page of %s does not offer to ask for %s", checkedProject, partyRole)
	}
	form, err := p.alice.Open(ctx, "/projects/"+checkedProject+"/request?"+url.Values{"role": {reference}}.Encode())
	if err != nil {
		return nil, err
	}
	var reviewers []string
	for _, input := range form.Find("input[name=reviewer]").EachIter() {
		value := input.AttrOr("value", "")
		if strings.HasPrefix(value, reviewer+" ") || strings.HasPrefix(value, decliner+" ") {
			reviewers = append(reviewers, value)
		}
	}
	if len(reviewers) != 2 {
		return nil, fmt.Errorf("the form, headed %q, offers %d of the two reviewers", form.Heading(), len(reviewers))
	}
	return p.alice.Send(ctx, form, "form[method=post]", url.Values{
		"reviewer": reviewers, "justification": {partyReason}, "duration": {"30m"},
	})
}

// readMail finds the mail to the reviewer and keeps its link.
func (p *party) readMail(context.Context) error {
	m, err := p.inbox.newest(reviewer, checkedPerson+" asks for")
	if err != nil {
		return err
	}
	p.link, err = m.link()
	return err
}

// killPortal ends the portal as a machine that fails does, and starts it again:
// nothing of a request is kept in it.
func (p *party) killPortal(context.Context) (err error) {
	if err := p.portal.Kill(); err != nil {
		return err
	}
	p.portal, err = p.testbed.Replace(p.portal)
	return err
}

func (p *party) approve(ctx context.Context) (err error) {
	if p.bob, err = testbed.SignIn(ctx, p.address, reviewer); err != nil {
		return err
	}
	review, err := p.bob.Open(ctx, p.link)
	if err != nil {
		return err
	}
	done, err := p.bob.Send(ctx, review, `form[action$="/approve"]`, nil)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(done.Heading(), "Approved") {
		return fmt.Errorf("the page says %q, with status %d", done.Heading(), done.Status)
	}
	return nil
}

// readApproval reads the policy: the window starts at the approval, and names
// who gave it.
func (p *party) readApproval(ctx context.Context) error {
	all, err := p.partyBindings(ctx, 1)
	if err != nil {
		return err
	}
	held := all[0]
	if want := "Approved by " + reviewer + ", justification: " + partyReason; !strings.HasPrefix(held.Condition.Description, want) {
		return fmt.Errorf("the policy says %q, want %q", held.Condition.Description, want)
	}
	w, err := windowOf(held)
	if err == nil && w.end.Sub(w.start) != 30*time.Minute {
		err = fmt.Errorf("the window is %v long, want 30 minutes", w.end.Sub(w.start))
	}
	return err
}

// partyBindings are alice's temporary bindings of the role, which must be so many.
func (p *party) partyBindings(ctx context.Context, want int) ([]binding, error) {
	policy, err := p.readPolicy(ctx)
	if err != nil {
		return nil, err
	}
	var found []binding
	for _, b := range policy.activations(checkedPerson) {
		if b.Role == partyRole {
			found = append(found, b)
		}
	}
	if len(found) != want {
		return nil, fmt.Errorf("the policy holds %d activations of %s, want %d", len(found), partyRole, want)
	}
	return found, nil
}

func (p *party) readConfirmation(context.Context) error {
	m, err := p.inbox.newest(checkedPerson, "Re: "+checkedPerson+" asks for")
	if err != nil {
		return err
	}
	if m.AnswersMails == "" {
		return errors.New("the confirmation does not answer the mail that asked")
	}
	return nil
}

// revoke takes the role from alice. Beside the window that has ended the policy then holds an empty one, which closes what
// was asked for before.
func (p *party) revoke(ctx context.Context) error {
	page, err := p.bob.Open(ctx, p.link)
	if err != nil {
		return err
	}
	link, ok := page.Find(`a[href$="/revoke"]`).First().Attr("href")
	if !ok {
		return fmt.Errorf("the page headed %q offers nothing to revoke", page.Heading())
	}
	question, err := p.bob.Open(ctx, link)
	if err != nil {
		return err
	}
	if _, err := p.bob.Send(ctx, question, "form[method=post]", nil); err != nil {
		return err
	}
	held, err := p.partyBindings(ctx, 2)
	if err != nil {
		return err
	}
	for _, b := range held {
		w, err := windowOf(b)
		if err == nil && w.end.After(w.start) && w.end.After(time.Now()) {
			err = fmt.Errorf("the activation ends at %v, which is not over", w.end)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decline asks once more, and carol says no.
func (p *party) decline(ctx context.Context) error {
	if err := p.ask(ctx); err != nil {
		return err
	}
	carol, err := testbed.SignIn(ctx, p.address, decliner)
	if err != nil {
		return err
	}
	review, err := carol.Open(ctx, p.asked.Address.Path)
	if err != nil {
		return err
	}
	done, err := carol.Send(ctx, review, `form[action$="/decline"]`, url.Values{"reason": {"use the replica"}})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(done.Heading(), "Declined") {
		return fmt.Errorf("the page says %q, with status %d", done.Heading(), done.Status)
	}
	after, err := p.alice.Open(ctx, p.asked.Address.Path)
	if err == nil && after.Heading() != "Declined" {
		err = fmt.Errorf("alice's page says %q", after.Heading())
	}
	return err
}
