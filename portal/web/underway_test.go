package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/static"
)

// crowd sends requests that are held in the handler until they are let go.
type crowd struct {
	*scene
	t     *testing.T
	letGo chan struct{}
	all   sync.WaitGroup

	mu     sync.Mutex
	begun  int
	status map[string][]int // by person
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{scene: newScene(t), t: t, letGo: make(chan struct{}), status: map[string][]int{}}
	c.onRead = func() {
		c.mu.Lock()
		c.begun++
		c.mu.Unlock()
		<-c.letGo
	}
	return c
}

// open has a person open a page, and waits until it is held, refused or waits.
func (c *crowd) open(person, address string) {
	c.t.Helper()
	c.person = person
	c.all.Go(func() {
		status := c.get(c.t, address).Code
		c.mu.Lock()
		c.status[person] = append(c.status[person], status)
		c.mu.Unlock()
	})
	synctest.Wait()
}

// release lets everything go and returns the statuses of a person, sorted.
func (c *crowd) release() {
	close(c.letGo)
	c.all.Wait()
	for _, all := range c.status {
		slices.Sort(all)
	}
}

func numberedPerson(i int) string { return fmt.Sprintf("person-%03d@example.com", i) }

// Once one person could have as many pages made at a time as they opened.
func TestUnderWay_OnePersonHasFourPagesMadeAndTwelveWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for range 50 {
			c.open(alice, "/")
		}
		if c.begun != 4 || len(c.status[alice]) != 34 {
			t.Errorf("%d pages are being made and %d were refused, want 4 and 34", c.begun, len(c.status[alice]))
		}
		c.open(bob, "/")
		if c.begun != 5 {
			t.Errorf("somebody else's page is not being made: %d are", c.begun)
		}
		c.release()
		if s := c.status[alice]; len(s) != 50 || s[15] != http.StatusOK || s[16] != http.StatusServiceUnavailable {
			t.Errorf("statuses %v, want 16 of 200 and the rest 503", s)
		}
	})
}

func TestUnderWay_AnInstanceMakesThirtyTwoPagesInTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for i := range 40 {
			c.open(numberedPerson(i), "/")
		}
		if c.begun != 32 {
			t.Fatalf("%d pages are being made, want 32", c.begun)
		}
		for made := 33; made <= 40; made++ {
			c.letGo <- struct{}{} // one of them is done
			synctest.Wait()
			if c.begun != made {
				t.Fatalf("%d pages were begun, want %d", c.begun, made)
			}
		}
		c.release()
		for i := range 40 {
			if s := c.status[numberedPerson(i)]; len(s) != 1 || s[0] != http.StatusOK {
				t.Errorf("person %d is answered %v", i, s)
			}
		}
	})
}

// A person's own pages wait for one another, and nobody else's wait behind them.
func TestUnderWay_APersonWhoWaitsForTheirOwnPagesHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for range 16 {
			c.open(alice, "/")
		}
		for i := range 28 {
			c.open(numberedPerson(i), "/")
		}
		if c.begun != 32 {
			t.Fatalf("%d pages are being made, want 32", c.begun)
		}
		c.open(bob, "/")
		c.letGo <- struct{}{} // whoever's it was, a slot is free
		synctest.Wait()
		if c.begun != 33 {
			t.Errorf("%d pages were begun, want 33", c.begun)
		}
		c.release()
		if s := c.status[bob]; len(s) != 1 || s[0] != http.StatusOK {
			t.Errorf("bob is answered %v", s)
		}
	})
}

func TestUnderWay_WhatWaitsTooLongIsAPageThatSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for range 4 {
			c.open(alice, "/")
		}
		began := time.Now()
		a := c.get(t, "/projects/"+payments)
		if a.Code != http.StatusServiceUnavailable || a.heading() != "The portal is busy" || a.Header().Get("Retry-After") != "5" {
			t.Errorf("answers %d, %q, Retry-After %q", a.Code, a.heading(), a.Header().Get("Retry-After"))
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it was refused after %v, want 10s", took)
		}
		if link := a.Find("main a.button").AttrOr("href", ""); link != "/projects/"+payments {
			t.Errorf("it leads to %q, want the page itself", link)
		}
		if last := c.refusals[len(c.refusals)-1]; last.Refusal.Reason != "BUSY" || last.By.Email != alice {
			t.Errorf("recorded as %+v", last)
		}
		c.release()
	})
}

// A browser that leaves makes room in the queue.
func TestUnderWay_WhoLeavesNoLongerWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for range 4 {
			c.open(alice, "/")
		}
		gone, leave := context.WithCancel(t.Context())
		for range 12 {
			c.all.Go(func() { c.send(t, http.MethodGet, "/", nil, func(r *http.Request) { *r = *r.WithContext(gone) }) })
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		c.open(alice, "/")
		if len(c.status[alice]) != 0 {
			t.Error("the queue is still full of those who left")
		}
		c.release()
		if c.begun != 5 {
			t.Errorf("%d pages were begun, want 5", c.begun)
		}
	})
}

// Pages never hold up an act, static files and health checks.
func TestUnderWay_ActsFilesAndHealthDoNotWaitForPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		for i := range 60 {
			c.open(numberedPerson(i/4), "/")
		}
		c.person = numberedPerson(0)
		began := time.Now()
		if a := c.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t)); a.Code != http.StatusSeeOther {
			t.Errorf("an act answers %d, %q", a.Code, a.heading())
		}
		for _, address := range []string{static.Asset(static.Stylesheet), "/health/ready"} {
			if a := c.get(t, address); a.Code != http.StatusOK {
				t.Errorf("%s answers %d", address, a.Code)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("they waited %v", took)
		}
		c.release()
	})
}

// An act that waits too long offers what was written to be sent again.
func TestUnderWay_AnActThatWaitsTooLongKeepsItsForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		c.onAct = func() { <-c.letGo }
		for range 8 {
			c.all.Go(func() { c.send(t, http.MethodPost, "/projects/"+payments+"/activate", activateForm(t)) })
		}
		form := activateForm(t)
		synctest.Wait()
		a := c.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
		if a.Code != http.StatusServiceUnavailable || a.heading() != "The portal is busy" || a.Header().Get("Retry-After") == "" {
			t.Errorf("answers %d, %q", a.Code, a.heading())
		}
		for name, values := range form {
			for _, value := range values {
				if a.Find(`form#again input[name="`+name+`"]`).AttrOr("value", "") != value {
					t.Errorf("the page lost %s=%s", name, value)
				}
			}
		}
		c.release()
		if len(c.orders) != 8 {
			t.Errorf("%d orders were given, want 8", len(c.orders))
		}
	})
}

// Once a page whose time was over when everything for it was there became an error 500.
func TestUnderWay_APageThatIsReadAtTheLastMomentIsShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.onRead = func() { <-time.After(time.Minute) }
		if a := s.get(t, "/"); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "</html>") {
			t.Errorf("answers %d, %q", a.Code, a.heading())
		}
	})
}

// Once what could not be read within the time of a page was an unexpected error.
func TestUnderWay_WhatCannotBeMadeInTimeIsBusy(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.readError = fmt.Errorf("reading: %w", context.DeadlineExceeded)
	for _, address := range []string{"/", "/projects/" + payments} {
		if a := s.get(t, address); a.Code != http.StatusServiceUnavailable || a.heading() != "The portal is busy" || a.Header().Get("Retry-After") == "" {
			t.Errorf("%s answers %d, %q", address, a.Code, a.heading())
		}
	}
}

// Whatever a page or an act waits for when its time is over, it ends as a page that says so, and
// never as an unexpected error.
func TestUnderWay_NoAddressTurnsADeadlineIntoAnUnexpectedError(t *testing.T) {
	t.Parallel()
	role := "?role=" + reference(admin)
	project := "/projects/" + payments
	over := fmt.Errorf("waiting: %w", context.DeadlineExceeded)
	for _, c := range []struct {
		method, address string
		fields          url.Values
	}{
		{http.MethodGet, "/", nil},
		{http.MethodGet, project, nil},
		{http.MethodGet, project + "/activate" + role, nil},
		{http.MethodGet, project + "/activations/jit-AAAAAAAAAAAAAAAA", nil},
		{http.MethodGet, project + "/end" + role, nil},
		{http.MethodGet, project + "/ended" + role, nil},
		{http.MethodGet, project + "/request" + role, nil},
		{http.MethodGet, project + "/holdings", nil},
		{http.MethodGet, requestAddress, nil},
		{http.MethodGet, requestAddress + "/revoke", nil},
		{http.MethodPost, project + "/activate", activateForm(t)},
		{http.MethodPost, project + "/end", url.Values{"role": {reference(admin)}, "id": {id(t)}}},
		{http.MethodPost, requestAddress + "/approve", nil},
		{http.MethodPost, requestAddress + "/decline", nil},
		{http.MethodPost, requestAddress + "/withdraw", nil},
	} {
		for name, set := range map[string]func(*scene){
			"reading": func(s *scene) { s.readError, s.actError = over, over },
			"the key": func(s *scene) { s.request.redeemError, s.readError, s.actError = over, over, over },
		} {
			s := newRequestScene(t).as(carol)
			set(s)
			a := s.send(t, c.method, c.address, c.fields)
			if a.Code == http.StatusInternalServerError || a.Code == http.StatusOK || a.heading() == "" {
				t.Errorf("%s %s, %s: answers %d, %q", c.method, c.address, name, a.Code, a.heading())
			}
			if a.Code == http.StatusServiceUnavailable && a.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s, %s: says not when to come back", c.method, c.address, name)
			}
		}
	}
}
