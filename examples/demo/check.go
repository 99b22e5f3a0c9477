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
	// lagTime bounds how long the check waits for what Google's index and
	// memberships show late.
	lagTime = 60 * time.Second
)

// checking is a run of the check: what one step leaves to the next.
type checking struct {
	*demo
	before  map[string][]string
	portal  *testbed.Portal
	address string
	alice   *testbed.Visitor
	project *testbed.Page
	active  binding
}

// check plays an administrator and a user, and says each step.
func (d *demo) check(ctx context.Context) error {
	c := &checking{demo: d}
	p := &party{checking: c}
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"the policies are noted", c.note},
		{"terraform apply", c.apply},
		{"a plan after it is empty", c.planEmpty},
		{"the portal starts", c.start},
		{"alice signs in and sees the roles of a project", c.signIn},
		{"alice activates a role with a justification", c.activate},
		{"the policy holds exactly the temporary binding", c.readBack},
		{"sending the form again changes nothing", c.repeat},
		{"Google's index catches up", c.indexed},
		{"alice ends the activation from home", c.end},
		{"the policy shows the end", c.readEnd},
		{"the events are in the log", c.events},
		{"alice asks bob and carol for a role", p.ask},
		{"bob gets a mail with a link", p.readMail},
		{"the portal is killed and starts again", p.killPortal},
		{"bob opens the link and approves", p.approve},
		{"the policy holds the window from the approval on", p.readApproval},
		{"alice gets the confirmation", p.readConfirmation},
		{"bob revokes it", p.revoke},
		{"alice asks again and carol declines", p.decline},
		{"a plan is still empty", c.planEmpty},
		{"terraform destroy", d.terraform.Destroy},
		{"every foreign binding is as it was", c.compare},
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

func (c *checking) note(context.Context) (err error) {
	c.before, err = c.foreign()
	return err
}

func (c *checking) apply(ctx context.Context) error { return c.terraform.Apply(ctx) }

func (c *checking) planEmpty(ctx context.Context) error {
	changes, err := c.terraform.Changes(ctx)
	if err == nil && changes {
		return errors.New("the plan would change something")
	}
	return err
}

func (c *checking) start(context.Context) (err error) {
	if c.portal, err = c.testbed.StartPortal(); err != nil {
		return err
	}
	_, c.address, err = c.testbed.Proxy(c.portal)
	return err
}

func (c *checking) signIn(ctx context.Context) (err error) {
	if c.alice, err = testbed.SignIn(ctx, c.address, checkedPerson); err != nil {
		return err
	}
	return c.until(ctx, func() error {
		if c.project, err = c.alice.Open(ctx, "/projects/"+checkedProject); err != nil {
			return err
		}
		_, err = c.reference()
		return err
	})
}

// until repeats a step for as long as Google may lag.
func (c *checking) until(ctx context.Context, step func() error) error {
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

func (c *checking) activate(ctx context.Context) error {
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
func (c *checking) reference() (string, error) {
	for _, entry := range c.project.Find("form[method=get] li.entry").EachIter() {
		if strings.Contains(entry.Find(".entry-what").Text(), checkedRole) {
			return entry.Find("input[name=role]").AttrOr("value", ""), nil
		}
	}
	return "", fmt.Errorf("the page of %s, headed %q, offers no %s", checkedProject, c.project.Heading(), checkedRole)
}

func (c *checking) readBack(ctx context.Context) error {
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

func (c *checking) repeat(ctx context.Context) error {
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
	return c.readBackAs(ctx, active)
}

func (c *checking) readBackAs(ctx context.Context, active *testbed.Page) error {
	was := c.active
	c.project = active
	if err := c.readBack(ctx); err != nil {
		return err
	}
	if diff := cmp.Diff(was, c.active); diff != "" {
		return fmt.Errorf("the binding has changed (-was +is):\n%s", diff)
	}
	return nil
}

// indexed waits until the index shows what was applied: home finds projects by
// it, and keeps what it found for a minute.
func (c *checking) indexed(ctx context.Context) error {
	return c.until(ctx, func() error {
		policy, _ := c.testbed.World().IndexedPolicy("projects/" + checkedProject)
		for _, b := range policy.GetBindings() {
			if b.GetCondition().GetTitle() == activationTitle {
				return nil
			}
		}
		return errors.New("the index does not show the activation")
	})
}

func (c *checking) end(ctx context.Context) error {
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

func (c *checking) readEnd(ctx context.Context) error {
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

func (c *checking) events(context.Context) error {
	for name, want := range map[string]int{"api.activateRole": 2, "api.endRole": 1} {
		if got := len(c.portal.Events(name)); got != want {
			return fmt.Errorf("the log has %d events %s, want %d", got, name, want)
		}
	}
	return nil
}

func (c *checking) compare(ctx context.Context) error {
	after, err := c.foreign()
	if err != nil {
		return err
	}
	if diff := cmp.Diff(c.before, after); diff != "" {
		return fmt.Errorf("foreign bindings have changed (-before +after):\n%s", diff)
	}
	return c.compareEdits(ctx)
}

// compareEdits finds what somebody else wrote in between on a hostile day: it
// must not have been lost to a write of ours.
func (c *checking) compareEdits(ctx context.Context) error {
	if !profiles[c.options.profile].FirstConflict {
		return nil
	}
	p, err := c.readPolicy(ctx)
	if err == nil && !slices.ContainsFunc(p.Bindings, func(b binding) bool { return b.Role == emulator.ForeignRole }) {
		err = errors.New("the edit of somebody else is lost")
	}
	return err
}
