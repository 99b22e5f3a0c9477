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
	approvalRole   = "roles/cloudsql.admin"
	approvalReason = "CASE-1042 fail over the ledger"
	reviewer       = "bob@example.com"
	decliner       = "carol@example.com"
	// faultyConversations is how often the mail server of the hostile profile fails.
	faultyConversations = 3
)

// approvalCheck is the part of the check about a request and its reviewers.
type approvalCheck struct {
	*checkRun
	asked *testbed.Page // the request as alice sees it
	link  string        // as the mail has it
	bob   *testbed.Visitor
}

// ask asks bob and carol, and sends the mail again while the mail server fails.
func (a *approvalCheck) ask(ctx context.Context) error {
	page, err := a.request(ctx)
	if err != nil {
		return err
	}
	for range faultyConversations + 1 {
		a.asked = page
		if page.Heading() == "Waiting for approval" {
			return nil
		}
		if page, err = a.alice.Send(ctx, page, `form[action$="/resend"]`, nil); err != nil {
			return err
		}
	}
	return fmt.Errorf("the request is headed %q, with status %d", page.Heading(), page.Status)
}

// request fills in the form that asks for the role.
func (a *approvalCheck) request(ctx context.Context) (*testbed.Page, error) {
	project, err := a.alice.Open(ctx, "/projects/"+checkedProject)
	if err != nil {
		return nil, err
	}
	reference := ""
	for _, entry := range project.Find("li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), approvalRole) {
			reference = entry.Find("input[name=role]").AttrOr("value", "")
		}
	}
	if reference == "" {
		return nil, fmt.Errorf("the page of %s does not offer to ask for %s", checkedProject, approvalRole)
	}
	form, err := a.alice.Open(ctx, "/projects/"+checkedProject+"/request?"+url.Values{"role": {reference}}.Encode())
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
	return a.alice.Send(ctx, form, "form[method=post]", url.Values{
		"reviewer": reviewers, "justification": {approvalReason}, "duration": {"30m"},
	})
}

// readMail reads the link of the mail to the reviewer.
func (a *approvalCheck) readMail(context.Context) error {
	m, err := a.inbox.newest(reviewer, checkedPerson+" asks for")
	if err != nil {
		return err
	}
	a.link, err = m.link()
	return err
}

// restartPortal kills the portal and starts it again, because nothing of a request is stored in it.
func (a *approvalCheck) restartPortal(context.Context) (err error) {
	if err := a.portal.Kill(); err != nil {
		return err
	}
	a.portal, err = a.testbed.Replace(a.portal)
	return err
}

func (a *approvalCheck) approve(ctx context.Context) (err error) {
	if a.bob, err = testbed.SignIn(ctx, a.address, reviewer); err != nil {
		return err
	}
	review, err := a.bob.Open(ctx, a.link)
	if err != nil {
		return err
	}
	done, err := a.bob.Send(ctx, review, `form[action$="/approve"]`, nil)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(done.Heading(), "Approved") {
		return fmt.Errorf("the page says %q, with status %d", done.Heading(), done.Status)
	}
	return nil
}

// checkApproval checks the window in the policy and who approved it.
func (a *approvalCheck) checkApproval(ctx context.Context) error {
	all, err := a.approvalBindings(ctx, 1)
	if err != nil {
		return err
	}
	held := all[0]
	if want := "Approved by " + reviewer + ", justification: " + approvalReason; !strings.HasPrefix(held.Condition.Description, want) {
		return fmt.Errorf("the policy says %q, want %q", held.Condition.Description, want)
	}
	w, err := windowOf(held)
	if err == nil && w.end.Sub(w.start) != 30*time.Minute {
		err = fmt.Errorf("the window is %v long, want 30 minutes", w.end.Sub(w.start))
	}
	return err
}

// approvalBindings returns alice's temporary bindings of the role, if there are as many as wanted.
func (a *approvalCheck) approvalBindings(ctx context.Context, want int) ([]binding, error) {
	policy, err := a.readPolicy(ctx)
	if err != nil {
		return nil, err
	}
	var found []binding
	for _, b := range policy.activations(checkedPerson) {
		if b.Role == approvalRole {
			found = append(found, b)
		}
	}
	if len(found) != want {
		return nil, fmt.Errorf("the policy holds %d activations of %s, want %d", len(found), approvalRole, want)
	}
	return found, nil
}

func (a *approvalCheck) checkConfirmation(context.Context) error {
	m, err := a.inbox.newest(checkedPerson, "Re: "+checkedPerson+" asks for")
	if err != nil {
		return err
	}
	if m.InReplyTo == "" {
		return errors.New("the confirmation does not answer the mail that asked")
	}
	return nil
}

// revoke takes the role from alice. The policy then holds the window that has ended and an empty
// one, which closes older requests.
func (a *approvalCheck) revoke(ctx context.Context) error {
	page, err := a.bob.Open(ctx, a.link)
	if err != nil {
		return err
	}
	link, ok := page.Find(`a[href$="/revoke"]`).First().Attr("href")
	if !ok {
		return fmt.Errorf("the page headed %q offers nothing to revoke", page.Heading())
	}
	question, err := a.bob.Open(ctx, link)
	if err != nil {
		return err
	}
	if _, err := a.bob.Send(ctx, question, "form[method=post]", nil); err != nil {
		return err
	}
	held, err := a.approvalBindings(ctx, 2)
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
func (a *approvalCheck) decline(ctx context.Context) error {
	if err := a.ask(ctx); err != nil {
		return err
	}
	carol, err := testbed.SignIn(ctx, a.address, decliner)
	if err != nil {
		return err
	}
	review, err := carol.Open(ctx, a.asked.Address.Path)
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
	after, err := a.alice.Open(ctx, a.asked.Address.Path)
	if err == nil && after.Heading() != "Declined" {
		err = fmt.Errorf("alice's page says %q", after.Heading())
	}
	return err
}
