package systemtest

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// How long the answer took told which projects exist, and which of them name groups: nothing, a
// step or two steps. The answers are the same, and none comes before a second has passed.
func TestNotYours_TheAnswerAndItsTimeSayNothing(t *testing.T) {
	t.Parallel()
	x, outside := tenant{0}, tenant{1}
	s := newScene(t, emulator.Options{World: worldOf(t, 2)}, "RESOURCE_SCOPE="+x.folder())
	p := s.portal()
	role := eligibility.Reference{Role: ownRole, Constraint: eligibility.SelfApproval}.Encode()
	peers := eligibility.Reference{Role: ownRole, Constraint: eligibility.MultiPartyApproval}.Encode()
	var mu sync.Mutex
	headings := map[string]map[string]bool{}
	visit := func(projects map[string]string) {
		zoe := s.client(p, "zoe@partner.example")
		var all sync.WaitGroup
		for name, page := range projects {
			for what, send := range map[string]func() (*response, error){
				"project page":  func() (*response, error) { return zoe.get(t.Context(), page) },
				"activate form": func() (*response, error) { return zoe.get(t.Context(), page+"/activate?role="+role) },
				"activate":      func() (*response, error) { return zoe.post(t.Context(), page+"/activate", activationForm(t, role)) },
				"request form":  func() (*response, error) { return zoe.get(t.Context(), page+"/request?role="+peers) },
				"end form":      func() (*response, error) { return zoe.get(t.Context(), page+"/end?role="+role) },
				"end": func() (*response, error) {
					return zoe.post(t.Context(), page+"/end", map[string][]string{"role": {role}})
				},
			} {
				all.Go(func() {
					start := time.Now()
					a, err := send()
					if err != nil {
						t.Errorf("%s of a project that %s: %v", what, name, err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if headings[what] == nil {
						headings[what] = map[string]bool{}
					}
					headings[what][a.heading()] = true
					if took := time.Since(start); a.status != http.StatusForbidden || took < time.Second {
						t.Errorf("%s of a project that %s: %d, %q after %v; want 403 after a second at least", what, name, a.status, a.heading(), took)
					}
				})
			}
		}
		all.Wait()
	}
	visit(map[string]string{"does not exist": "/projects/no-such-project", "is outside the scope": outside.page(), "names nobody": x.page()})
	s.eligible(x.project(), ownRole, x.groupMember())
	visit(map[string]string{"names a group": x.page()})
	for what, different := range headings {
		if len(different) != 1 {
			t.Errorf("%s answers %v, want the same for every project", what, slices.Sorted(maps.Keys(different)))
		}
	}
}
