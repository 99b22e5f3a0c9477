package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	checkedProject = "payments-prod"
	checkedRole    = "roles/compute.admin"
	checkedPerson  = "alice@example.com"
	checkedReason  = "CASE-1041 the disk of <node-3> is full"
	// lagTime bounds how long the check waits for Google's index and memberships, which lag.
	lagTime = 60 * time.Second
)

// checkRun is one run of the check: what its steps share.
type checkRun struct {
	*demo
	before  map[string][]string
	portal  *testbed.Portal
	address string
	alice   *testbed.Visitor
	project *testbed.Page
	active  binding
}

// check acts as administrator, user and reviewers, and prints each step.
func (d *demo) check(ctx context.Context) error {
	c := &checkRun{demo: d}
	a := &approvalCheck{checkRun: c}
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"the policies are noted", c.notePolicies},
		{"terraform apply", c.terraform.Apply},
		{"a plan after it is empty", c.planEmpty},
		{"the portal starts", c.start},
		{"alice signs in and sees the roles of a project", c.signIn},
		{"alice activates a role with a justification", c.activate},
		{"the policy holds exactly the temporary binding", c.checkActivation},
		{"sending the form again changes nothing", c.activateAgain},
		{"Google's index catches up", c.waitForIndex},
		{"alice ends the activation from home", c.end},
		{"the policy shows the end", c.checkEnd},
		{"the events are in the log", c.checkEvents},
		{"alice asks bob and carol for a role", a.ask},
		{"bob gets a mail with a link", a.readMail},
		{"the portal is killed and starts again", a.restartPortal},
		{"bob opens the link and approves", a.approve},
		{"the policy holds the window from the approval on", a.checkApproval},
		{"alice gets the confirmation", a.checkConfirmation},
		{"bob revokes it", a.revoke},
		{"alice asks again and carol declines", a.decline},
		{"a plan is still empty", c.planEmpty},
		{"terraform destroy", d.terraform.Destroy},
		{"every foreign binding is as it was", c.compareForeign},
	} {
		began := time.Now()
		if err := step.run(ctx); err != nil {
			fmt.Printf("FAIL  %s\n", step.name)
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Printf("ok    %-55s %6.1f s\n", step.name, time.Since(began).Seconds())
	}
	fmt.Printf("Everything is as it should be, after %.1f s.\n", time.Since(d.started).Seconds())
	return nil
}

func (c *checkRun) notePolicies(context.Context) (err error) {
	c.before, err = c.foreign()
	return err
}

func (c *checkRun) planEmpty(ctx context.Context) error {
	changes, err := c.terraform.Changes(ctx)
	if err == nil && changes {
		return errors.New("the plan would change something")
	}
	return err
}

func (c *checkRun) start(context.Context) (err error) {
	if c.portal, err = c.testbed.StartPortal(); err != nil {
		return err
	}
	_, c.address, err = c.testbed.Proxy(c.portal)
	return err
}

func (c *checkRun) signIn(ctx context.Context) (err error) {
	if c.alice, err = testbed.SignIn(ctx, c.address, checkedPerson); err != nil {
		return err
	}
	return c.retry(ctx, func() error {
		if c.project, err = c.alice.Open(ctx, "/projects/"+checkedProject); err != nil {
			return err
		}
		_, err = c.reference()
		return err
	})
}

// retry repeats a step until it succeeds or Google can no longer lag.
func (c *checkRun) retry(ctx context.Context, step func() error) error {
	deadline := time.Now().Add(lagTime)
	for {
		err := step()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

func (c *checkRun) activate(ctx context.Context) error {
	reference, err := c.reference()
	if err != nil {
		return err
	}
	form, err := c.alice.Send(ctx, c.project, "form[method=get]", url.Values{"role": {reference}})
	if err != nil {
		return err
	}
	c.project, err = c.alice.Send(ctx, form, "form[method=post]", url.Values{
		"justification": {checkedReason}, "duration": {"30m"},
	})
	if err != nil {
		return err
	}
	if heading := c.project.Heading(); !strings.HasPrefix(heading, "Active until ") {
		return fmt.Errorf("the page says %q, with status %d", heading, c.project.Status)
	}
	return nil
}

// reference is the value of the check box of the checked role.
func (c *checkRun) reference() (string, error) {
	for _, entry := range c.project.Find("form[method=get] li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), checkedRole) {
			return entry.Find("input[name=role]").AttrOr("value", ""), nil
		}
	}
	return "", fmt.Errorf("the page of %s, headed %q, offers no %s", checkedProject, c.project.Heading(), checkedRole)
}

func (c *checkRun) checkActivation(ctx context.Context) error {
	p, err := c.readPolicy(ctx)
	if err != nil {
		return err
	}
	found := p.activations(checkedPerson)
	if len(found) != 1 {
		return fmt.Errorf("the policy holds %d activations of %s, want 1", len(found), checkedPerson)
	}
	c.active = found[0]
	id := c.project.Address.Path[strings.LastIndex(c.project.Address.Path, "/")+1:]
	want := "Self-approved, justification: " + checkedReason + " [" + id + "]"
	if c.active.Role != checkedRole || c.active.Condition.Description != want {
		return fmt.Errorf("the policy holds %+v %+v", c.active, c.active.Condition)
	}
	window, err := windowOf(c.active)
	if err == nil && window.end.Sub(window.start) != 30*time.Minute {
		err = fmt.Errorf("the window is %v long, want 30 minutes", window.end.Sub(window.start))
	}
	return err
}

type window struct{ start, end time.Time }

func windowOf(b binding) (w window, err error) {
	const form = `(request.time >= timestamp(%q) && request.time < timestamp(%q))`
	var start, end string
	if _, err := fmt.Sscanf(b.Condition.Expression, form, &start, &end); err != nil {
		return w, fmt.Errorf("reading %q: %w", b.Condition.Expression, err)
	}
	if w.start, err = time.Parse(time.RFC3339, start); err != nil {
		return w, err
	}
	w.end, err = time.Parse(time.RFC3339, end)
	return w, err
}

func (c *checkRun) activateAgain(ctx context.Context) error {
	id := c.project.Address.Path[strings.LastIndex(c.project.Address.Path, "/")+1:]
	project, err := c.alice.Open(ctx, "/projects/"+checkedProject)
	if err != nil {
		return err
	}
	active := c.project
	c.project = project
	reference, err := c.reference()
	if err != nil {
		return err
	}
	again, err := c.alice.Post(ctx, "/projects/"+checkedProject+"/activate", url.Values{
		"role": {reference}, "id": {id}, "justification": {checkedReason}, "duration": {"30m"},
	})
	if err != nil {
		return err
	}
	if again.Heading() != active.Heading() {
		return fmt.Errorf("the repeat is headed %q, the first was %q", again.Heading(), active.Heading())
	}
	return c.checkUnchanged(ctx, active)
}

func (c *checkRun) checkUnchanged(ctx context.Context, active *testbed.Page) error {
	was := c.active
	c.project = active
	if err := c.checkActivation(ctx); err != nil {
		return err
	}
	if diff := cmp.Diff(was, c.active); diff != "" {
		return fmt.Errorf("the binding has changed (-was +is):\n%s", diff)
	}
	return nil
}

// waitForIndex waits until the index shows the activation: home lists projects by the index, and
// caches them for a minute.
func (c *checkRun) waitForIndex(ctx context.Context) error {
	return c.retry(ctx, func() error {
		policy, _ := c.testbed.World().IndexedPolicy("projects/" + checkedProject)
		for _, b := range policy.GetBindings() {
			if b.GetCondition().GetTitle() == activationTitle {
				return nil
			}
		}
		return errors.New("the index does not show the activation")
	})
}

func (c *checkRun) end(ctx context.Context) error {
	home, err := c.alice.Open(ctx, "/")
	if err != nil {
		return err
	}
	link, ok := home.Find(`a[href*="/end?"]`).First().Attr("href")
	if !ok {
		return fmt.Errorf("home, headed %q, offers nothing to end", home.Heading())
	}
	question, err := c.alice.Open(ctx, link)
	if err != nil {
		return err
	}
	ended, err := c.alice.Send(ctx, question, "form[method=post]", nil)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(ended.Heading(), "Ended: ") {
		return fmt.Errorf("the page says %q, with status %d", ended.Heading(), ended.Status)
	}
	return nil
}

func (c *checkRun) checkEnd(ctx context.Context) error {
	p, err := c.readPolicy(ctx)
	if err != nil {
		return err
	}
	found := p.activations(checkedPerson)
	if len(found) != 1 {
		return fmt.Errorf("the policy holds %d activations, want the one that ended", len(found))
	}
	w, err := windowOf(found[0])
	if err == nil && w.end.After(time.Now()) {
		err = fmt.Errorf("the activation ends at %v, which is not over", w.end)
	}
	return err
}

func (c *checkRun) checkEvents(context.Context) error {
	for name, want := range map[string]int{"api.activateRole": 2, "api.endRole": 1} {
		if got := len(c.portal.Events(name)); got != want {
			return fmt.Errorf("the log has %d events %s, want %d", got, name, want)
		}
	}
	return nil
}

func (c *checkRun) compareForeign(ctx context.Context) error {
	after, err := c.foreign()
	if err != nil {
		return err
	}
	if diff := cmp.Diff(c.before, after); diff != "" {
		return fmt.Errorf("foreign bindings have changed (-before +after):\n%s", diff)
	}
	return c.checkForeignEdit(ctx)
}

// checkForeignEdit checks, with the hostile profile, that no write of ours overwrote what somebody
// else wrote in between.
func (c *checkRun) checkForeignEdit(ctx context.Context) error {
	if !profiles[c.options.profile].FirstConflict {
		return nil
	}
	p, err := c.readPolicy(ctx)
	if err == nil && !slices.ContainsFunc(p.Bindings, func(b binding) bool { return b.Role == emulator.ForeignRole }) {
		err = errors.New("the edit of somebody else is lost")
	}
	return err
}
