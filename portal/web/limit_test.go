package web_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
	"github.com/jitaccess/terraform-provider-jitaccess/portal/activation"
)

// Once anybody could use up the quotas that all share by opening pages that show nothing of their
// own.
func TestPages_AreLimitedForWhoOpensOnlyWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for i := range 200 {
		if a := s.get(t, "/"); a.Code != http.StatusOK {
			t.Fatalf("page %d, on which something is hers, answers %d", i, a.Code)
		}
	}
	for i := range 120 {
		if a := s.get(t, "/projects/NOBODYS"); a.Code != http.StatusForbidden {
			t.Fatalf("page %d, on which nothing is hers, answers %d", i, a.Code)
		}
	}
	a := s.get(t, "/")
	if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") == "" {
		t.Errorf("the next one answers %d, %v; want 429 and when to go on", a.Code, a.Header())
	}
	if last := s.refusals[len(s.refusals)-1]; last.Refusal.Reason != "TOO_MANY_PAGES" {
		t.Errorf("its event says %q", last.Refusal.Reason)
	}
	if a := s.as(bob).get(t, "/"); a.Code != http.StatusOK {
		t.Errorf("somebody else is answered %d", a.Code)
	}
}

// The limit was checked before the work and counted after it, so that a thousand pages at once all
// passed.
func TestPages_AreCountedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.readError = upstream.ErrNotYours
		answered := make(chan struct{})
		var asked, refused atomic.Int64
		s.onRead = func() {
			asked.Add(1)
			<-answered
		}
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				switch s.get(t, "/projects/"+payments).Code {
				case http.StatusTooManyRequests, http.StatusServiceUnavailable:
					refused.Add(1)
				}
			})
		}
		synctest.Wait() // until everybody is refused or waits
		close(answered)
		all.Wait()
		if asked.Load() > 120 || asked.Load()+refused.Load() != 300 {
			t.Errorf("%d pages were refused, and Google was asked for %d; want at most 120 and the rest", refused.Load(), asked.Load())
		}
	})
}

// Others were in the way of these acts, or the portal was.
func TestActs_ThatFailForNoFaultOfWhoSentThemAreNotCounted(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*scene){
		"others keep changing the policy": func(s *scene) { s.actError = &activation.Refusal{Reason: activation.Conflict} },
		"Google does not answer":          func(s *scene) { s.actError = &upstream.Outage{Service: "Resource Manager"} },
		"the portal panics":               func(s *scene) { s.onAct = func() { panic("a defect") } },
	} {
		s := newScene(t)
		form := url.Values{"role": {reference(admin)}, "id": {id(t)}, "justification": {"CASE-1"}, "duration": {"1h"}}
		fail(s)
		for range 20 {
			s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form)
		}
		s.onAct, s.actError = nil, nil
		if a := s.send(t, http.MethodPost, "/projects/"+payments+"/activate", form); a.Code != http.StatusSeeOther {
			t.Errorf("%s: the next one answers %d, %q", name, a.Code, a.heading())
		}
	}
}
