package systemtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"golang.org/x/sync/errgroup"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// A crowd is an organization of forty projects with a group each, one person who means it no good,
// and two who work. The hostile one is eligible on half of the projects, is asked to review, and
// has an account like everybody.
type crowd struct {
	*scene
	clock     *stopped
	instances int
	portals   []inProcess
	review    string // of a genuine request that the hostile one is to approve
	alone     bool   // the hostile one plays one trick only
}

const (
	crowdTenants = 40
	// rounds of what the hostile person does, each of twelve seconds.
	crowdRounds = 2
	roundTime   = 12 * time.Second
	// onOrganizations is a role that Google refuses on projects.
	onOrganizations = "roles/resourcemanager.organizationAdmin"
	// atOnce is how many requests the hostile person has under way at each instance.
	atOnce = 16
)

var (
	own   = tenant{0} // where the hostile person has roles
	asked = tenant{1} // where somebody asks the hostile person to approve
)

func newCrowd(t *testing.T, instances int) *crowd {
	t.Helper()
	clock := newStopped()
	c := &crowd{clock: clock, instances: instances, scene: newScene(t, emulator.Options{
		World: worldOf(t, crowdTenants), Quotas: true, Clock: clock.time,
	}, append(documentedQuotas, fmt.Sprintf("MAX_INSTANCES=%d", instances))...)}
	for i := range crowdTenants {
		x := tenant{i}
		c.eligible(x.folder(), ownRole, x.groupMember())
		if i%2 == 0 {
			c.eligible(x.project(), roleOf(0), own.member())
		}
	}
	for i := range 3 {
		c.eligible(working(i).folder(), onOrganizations, own.member())
	}
	for _, x := range []tenant{own, asked, working(0), working(1), working(2)} {
		c.makeEligibleWithApproval(x, x.project(), 3, false)
	}
	c.edit(asked.project(), func(p *iampb.Policy) { p.Bindings = append(p.Bindings, multiPartyBinding(own.member())) })
	for range instances {
		c.portals = append(c.portals, c.portalOn(t, clock.time))
	}
	c.review = c.person(asked.person(), 0).mustAsk(t, asked, own.person())
	return c
}

// working is where the others work, at one instance: on a project of their own.
func working(instance int) tenant { return tenant{2 + instance} }

// person is somebody with a browser, at one instance.
func (c *crowd) person(email string, instance int) *client {
	g := c.client(c.portals[instance], email)
	g.browsing = true
	return g
}

func (c *crowd) hostile(instance int) *client { return c.person(own.person(), instance) }

// A trick is what the hostile person does to one instance in a round. It returns only errors of
// what must work for them too.
type trick func(ctx context.Context, c *crowd, instance, round int) error

const fromOutside = "loads home again and again from outside"

var tricks = map[string]trick{
	// Forms with ten forged hints each, on projects that are not theirs.
	"forges hints": func(ctx context.Context, c *crowd, instance, _ int) error {
		return repeat(136, func(i int) error {
			_, err := c.hostile(instance).post(ctx, working(instance).page()+"/activate", forgedForm(i))
			return err
		})
	},
	"loads home again and again": func(ctx context.Context, c *crowd, instance, _ int) error {
		return repeat(60, func(int) error { _, err := c.hostile(instance).get(ctx, "/"); return err })
	},
	// For people of other domains the Directory is asked twice for each group.
	fromOutside: func(ctx context.Context, c *crowd, instance, _ int) error {
		return repeat(60, func(int) error { _, err := c.person("zoe@partner.example", instance).get(ctx, "/"); return err })
	},
	"sends requests, and sends them again": func(ctx context.Context, c *crowd, instance, round int) error {
		return c.sendRequests(ctx, c.hostile(instance), round)
	},
	"sends fake orders": func(ctx context.Context, c *crowd, instance, _ int) error {
		return repeat(1200, func(i int) error {
			address := fmt.Sprintf("/projects/nothing-%04d/activate", i)
			if i%2 == 0 {
				address = working(instance).page() + "/end"
			}
			_, err := c.hostile(instance).post(ctx, address, activationFormAs(fakeID(i), ownReference()))
			return err
		})
	},
	// Forms for a role that Google refuses on projects, on one where others work.
	"sends what Google refuses": func(ctx context.Context, c *crowd, instance, round int) error {
		reference := eligibility.Reference{Role: onOrganizations, Constraint: eligibility.SelfApproval}.Encode()
		return repeat(20, func(i int) error {
			_, err := c.hostile(instance).post(ctx, working(instance).page()+"/activate", activationFormAs(fakeID(100*round+i), reference))
			return err
		})
	},
	// Pages on which nothing is theirs, and then the approval of a genuine request.
	"opens what is not theirs, and then approves": func(ctx context.Context, c *crowd, instance, round int) error {
		pages := 60 // each costs two or three calls, and is answered after a second, four at a time
		if round > 0 {
			pages = 4
		}
		err := repeat(pages, func(i int) error {
			_, err := c.hostile(instance).get(ctx, tenant{(2*i + 3) % crowdTenants}.page())
			return err
		})
		if a, failed := c.hostile(instance).get(ctx, "/"); c.alone && round == 0 && (failed != nil || a.status != http.StatusTooManyRequests) {
			err = errors.Join(err, failed, errors.New("nothing was used up by pages in vain"))
		}
		return errors.Join(err, c.approveGenuine(ctx, instance, round))
	},
	// Another site opens windows in a loop.
	"is led into a loop of windows": func(ctx context.Context, c *crowd, instance, round int) error {
		err := repeat(100, func(int) error {
			_, err := c.hostile(instance).send(ctx, http.MethodGet, "/", nil, func(h http.Header) {
				h.Set("Sec-Fetch-Site", "cross-site")
				h.Set("Sec-Fetch-Mode", "navigate")
				h.Set("Sec-Fetch-Dest", "document")
			})
			return err
		})
		return errors.Join(err, c.approveGenuine(ctx, instance, round))
	},
}

// forgedForm names ten groups and ten folders that have nothing to do with the project.
func forgedForm(i int) url.Values {
	var forged []string
	for k := range 10 {
		other := tenant{(i*10 + k) % crowdTenants}
		forged = append(forged, eligibility.Reference{
			Role: roleOf(k), Constraint: eligibility.SelfApproval,
			Hint: eligibility.Evidence{Resource: other.folder(), Digest: strings.Repeat("A", 43), Member: eligibility.Principal{Kind: eligibility.Group, Email: other.group(1 + i%3)}},
		}.Encode())
	}
	return activationFormAs(fakeID(i), forged...)
}

// approveGenuine has the hostile person approve a request that they were asked to approve, in the
// first round at the first instance. What their own pages cost does not hold it up; ten acts that
// came to nothing within the minute do.
func (c *crowd) approveGenuine(ctx context.Context, instance, round int) error {
	if !c.alone || instance != 0 || round != 0 {
		return nil
	}
	a, err := c.hostile(0).decide(ctx, c.review, "approve")
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("the hostile person's own approval of a genuine request answers %d, %q", a.status, a.heading())
	}
	return err
}

// sendRequests sends a hundred and fifty requests, and as many again.
func (c *crowd) sendRequests(ctx context.Context, g *client, round int) error {
	reviewer := own.reviewer(round) + " " + multiPartyReference()
	page := ""
	for i := range 150 {
		form := activationFormAs(strings.Replace(fakeID(i+1000*round), "jit-", "mpa-", 1), multiPartyReference())
		form["reviewer"] = []string{reviewer}
		a, err := g.post(ctx, own.page()+"/request", form)
		if err != nil {
			return err
		}
		if a.status == http.StatusSeeOther {
			page = a.path()
		}
	}
	return repeat(150, func(int) error { _, err := g.post(ctx, page+"/resend", url.Values{}); return err })
}

// repeat does something so many times, with atOnce of them under way.
func repeat(times int, do func(i int) error) error {
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i := range times {
		all.Go(func() error { return do(i) })
	}
	return all.Wait()
}

func fakeID(i int) string { return fmt.Sprintf("jit-%016d", i) }

func ownReference() string {
	return eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
}

// work is what the others do in a round, each step as their browsers would do it. None may fail.
func (c *crowd) work(ctx context.Context, instance int) error {
	place := working(instance)
	worker, reviewer := c.person(place.person(), instance), c.person(place.reviewer(0), instance)
	open := func(g *client, address string) error {
		a, err := g.get(ctx, address)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("%s of %s answers %d, %q", address, g.email, a.status, a.heading())
		}
		return err
	}
	if err := errors.Join(open(worker, "/"), open(worker, place.page()), open(worker, place.page()+"/activate?role="+ownReference())); err != nil {
		return err
	}
	form := activationFormAs(newID(c.t), ownReference())
	a, err := worker.post(ctx, place.page()+"/activate", form)
	if err != nil || a.status != http.StatusSeeOther {
		return errors.Join(err, fmt.Errorf("activating answers %d, %q", a.status, a.heading()))
	}
	request, err := worker.ask(ctx, place, reviewer.email)
	if err != nil {
		return err
	}
	if a, err = reviewer.decide(ctx, request, "approve"); err != nil || a.status != http.StatusSeeOther {
		return errors.Join(err, fmt.Errorf("approving is answered %q", headingOf(a)))
	}
	return errors.Join(open(worker, request), open(worker, place.page()+"/activations/"+form.Get("id")))
}

func headingOf(a *response) string {
	if a == nil {
		return ""
	}
	return a.heading()
}

// run has the hostile person play tricks at all instances while the others work at each.
func (c *crowd) run(t *testing.T, all ...trick) {
	t.Helper()
	c.alone = len(all) == 1
	c.Journal().Reset()
	for round := range crowdRounds {
		var everybody errgroup.Group
		for i := range c.portals {
			for _, play := range all {
				everybody.Go(func() error { return play(t.Context(), c, i, round) })
			}
			everybody.Go(func() error { return c.work(t.Context(), i) })
		}
		if err := everybody.Wait(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		c.clock.advance(roundTime)
	}
	c.checkShares(t)
}

// checkShares checks that all instances together kept to half of each documented quota at once, and
// again in each minute, and that Google refused none of their calls.
func (c *crowd) checkShares(t *testing.T) {
	t.Helper()
	calls, refused, requests := map[string]int{}, map[string]int{}, 0
	for _, call := range c.Journal().Calls() {
		if call.HTTP == http.StatusTooManyRequests {
			refused[sharedBy(call)]++
		}
		calls[sharedBy(call)]++
		if call.Method == "SignJwt" {
			requests++
		}
	}
	if len(refused) > 0 {
		t.Errorf("Google refused calls: %v", refused)
	}
	t.Logf("calls: %v", calls)
	elapsed := (crowdRounds * roundTime).Minutes()
	for what, quota := range map[string]float64{
		"Directory": 2400, "BatchGetEffectiveIamPolicies": 100, "SearchAllIamPolicies": 400, "SearchAllResources": 400,
		"GetIamPolicy": 2400, "SetIamPolicy": 600,
	} {
		if most := quota / 2 * (1 + elapsed); float64(calls[what]) > most {
			t.Errorf("%d calls of %s, want at most %.0f", calls[what], what, most)
		}
	}
	if most := c.instances * (10 + crowdRounds); requests > most {
		t.Errorf("%d requests were signed, want at most %d", requests, most)
	}
}

// sharedBy names the quota that a call is counted against.
func sharedBy(c wire.Call) string {
	if c.Host == "admin.googleapis.com" {
		return "Directory"
	}
	return c.Method
}

// Somebody who is signed in, and means the portal no good, takes it from nobody else.
func TestOnePerson_TakesThePortalFromNobody(t *testing.T) {
	for _, instances := range []int{1, 3} {
		for name, play := range tricks {
			if instances > 1 && os.Getenv("JITACCESS_SOAK") == "" {
				continue // all of it at once is enough, but for make soak
			}
			t.Run(fmt.Sprintf("%s, %d instances", name, instances), func(t *testing.T) {
				newCrowd(t, instances).run(t, play)
			})
		}
		t.Run(fmt.Sprintf("does all of it at once, %d instances", instances), func(t *testing.T) {
			var all []trick
			for name, play := range tricks {
				if name != fromOutside { // that is a second person
					all = append(all, play)
				}
			}
			newCrowd(t, instances).run(t, all...)
		})
	}
}
