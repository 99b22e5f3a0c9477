package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
)

func TestModify_ReadsOnceAndWritesUnderTheEtag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		out, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if err != nil || !out.Written {
			t.Fatalf("Modify = %+v, %v; want a written change", out, err)
		}
		if s.reads != 1 || s.writes != 1 {
			t.Errorf("%d reads and %d writes, want 1 and 1", s.reads, s.writes)
		}
		if out.Policy.Version != 3 || out.Policy.Etag != s.policies[project].Etag {
			t.Errorf("outcome has version %d and etag %q, want 3 and the stored one", out.Policy.Version, out.Policy.Etag)
		}
	})
}

func TestModify_StartsFromTheCallersRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		c := grantChange("roles/viewer", "user:alice@example.com")
		c.Base = Clone(s.policies[project])
		if _, err := NewWriter(s, testOptions()).Modify(t.Context(), project, c); err != nil {
			t.Fatal(err)
		}
		if s.reads != 0 || s.writes != 1 {
			t.Errorf("%d reads and %d writes, want 0 and 1", s.reads, s.writes)
		}
	})
}

func TestModify_NothingToDoWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project, &Binding{Role: "roles/viewer", Members: []string{"user:alice@example.com"}})
		o := testOptions()
		o.Sweep = func(p *Policy) { p.Bindings = nil }
		out, err := NewWriter(s, o).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if err != nil || out.Written || s.sets != 0 {
			t.Errorf("Modify = %+v, %v after %d writes; want no write, not even for the sweep", out, err, s.sets)
		}
	})
}

func TestModify_WritesAgainAfterALostRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, code := range []int{http.StatusConflict, http.StatusPreconditionFailed} {
			s := newStore(project)
			s.onSet = func(n int, _ *Policy) error {
				if n == 1 {
					s.edit(project, func(p *Policy) { _ = grantChange("roles/viewer", "user:bob@example.com").Apply(p) })
					return statusError(code)
				}
				return nil
			}
			out, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
			if err != nil || !out.Written {
				t.Fatalf("after one %d: Modify = %+v, %v; want a written change", code, out, err)
			}
			wantMembers(t, s, "roles/viewer", "user:alice@example.com", "user:bob@example.com")
		}
	})
}

func TestModify_GivesUpARaceThatIsLostForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onSet = func(int, *Policy) error { return statusError(http.StatusConflict) }
		start := time.Now()
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if !errors.Is(err, ErrConflict) {
			t.Errorf("err = %v, want ErrConflict", err)
		}
		if took := time.Since(start); took > testOptions().Timeout+time.Second {
			t.Errorf("gave up after %v, want within the timeout of %v", took, testOptions().Timeout)
		}
		wantMembers(t, s, "roles/viewer")
	})
}

func TestModify_DecidesAnewAfterAConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errGone := errors.New("no longer eligible")
		s := newStore(project, &Binding{Role: "roles/eligible", Members: []string{"user:alice@example.com"}})
		s.onSet = func(n int, _ *Policy) error {
			if n > 1 {
				return nil
			}
			s.edit(project, func(p *Policy) { p.Bindings = nil })
			return statusError(http.StatusConflict)
		}
		c := Change{Apply: func(p *Policy) error {
			if len(p.Bindings) == 0 {
				return errGone
			}
			return grantChange("roles/viewer", "user:alice@example.com").Apply(p)
		}}
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, c)
		if err != errGone {
			t.Errorf("err = %v, want the change's own", err)
		}
		if s.writes != 0 {
			t.Errorf("%d writes, want none", s.writes)
		}
	})
}

func TestModify_ARaceThatIsLostForEverIsSettled(t *testing.T) {
	for _, trip := range []time.Duration{100 * time.Millisecond, time.Second, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(project)
			s.trip = trip
			s.onSet = func(int, *Policy) error { return statusError(http.StatusConflict) }
			_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
			if !errors.Is(err, ErrConflict) || errors.Is(err, ErrUnsettled) {
				t.Errorf("with a trip of %v: err = %v, want ErrConflict: no write may be cut off by the end of the batch", trip, err)
			}
		})
	}
}

func TestModify_AChangeThatRefusesAfterAWriteWithoutResponseIsUnsettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onSet = func(int, *Policy) error { return errors.New("the connection broke") }
		errTooLate := errors.New("too late")
		runs := 0
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, Change{Apply: func(p *Policy) error {
			if runs++; runs > 1 {
				return errTooLate
			}
			p.Bindings = append(p.Bindings, &Binding{Role: "roles/viewer", Members: []string{"user:alice@example.com"}})
			return nil
		}})
		if !errors.Is(err, errTooLate) || !errors.Is(err, ErrUnsettled) {
			t.Errorf("err = %v, want the change's own and ErrUnsettled", err)
		}
	})
}

func TestModify_ARefusalLeavesNoTraceOfItsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errNo := errors.New("no")
		s := newStore(project, &Binding{Role: "roles/viewer", Members: []string{"user:dave@example.com"}})
		w := NewWriter(s, testOptions())
		spoil := Change{Apply: func(p *Policy) error {
			p.Bindings[0].Members[0] = "user:mallory@example.com"
			p.Bindings = append(p.Bindings, &Binding{Role: "roles/owner"})
			return errNo
		}}
		errs := modifyAll(t, w, spoil, grantChange("roles/viewer", "user:alice@example.com"))
		if errs[0] != errNo || errs[1] != nil {
			t.Errorf("errors = %v, want the refusal alone", errs)
		}
		wantMembers(t, s, "roles/viewer", "user:alice@example.com", "user:dave@example.com")
		if got := s.members(project, "roles/owner"); got != nil {
			t.Errorf("the refused change left %v", got)
		}
	})
}

// modifyAll runs changes at the same time and returns their errors in order.
func modifyAll(t *testing.T, w *Writer, changes ...Change) []error {
	t.Helper()
	errs := make([]error, len(changes))
	var wg sync.WaitGroup
	for i, c := range changes {
		wg.Go(func() { _, errs[i] = w.Modify(t.Context(), project, c) })
	}
	wg.Wait()
	return errs
}

func fiftyChanges() (changes []Change, members []string) {
	for i := range 50 {
		member := fmt.Sprintf("user:person-%d@example.com", i)
		changes = append(changes, grantChange("roles/viewer", member))
		members = append(members, member)
	}
	return changes, members
}

func TestModify_FiftyChangesAtOnceInAtMostTenWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		changes, members := fiftyChanges()
		for i, err := range modifyAll(t, NewWriter(s, testOptions()), changes...) {
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		wantMembers(t, s, "roles/viewer", members...)
		if s.sets > 10 {
			t.Errorf("%d writes, want at most 10", s.sets)
		}
	})
}

func TestModify_FiftyChangesWithOneRefusedAndOneCancelled(t *testing.T) {
	for _, refused := range []int{0, 1, 24, 25, 49} {
		t.Run(fmt.Sprint(refused), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { fiftyWithOneRefused(t, refused) })
		})
	}
}

func fiftyWithOneRefused(t *testing.T, refused int) {
	s := newStore(project)
	changes, members := fiftyChanges()
	s.onSet = func(_ int, p *Policy) error {
		if slices.Contains(p.Bindings[0].Members, members[refused]) {
			return statusError(http.StatusBadRequest)
		}
		return nil
	}
	w := NewWriter(s, testOptions())
	cancelled, cancel := context.WithCancel(t.Context())
	errLeft := make(chan error)
	go func() {
		_, err := w.Modify(cancelled, project, grantChange("roles/viewer", "user:left@example.com"))
		errLeft <- err
	}()
	synctest.Wait()
	cancel()
	if err := <-errLeft; !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnsettled) {
		t.Errorf("the caller that left got %v, want its context's error", err)
	}
	for i, err := range modifyAll(t, w, changes...) {
		if i == refused && cause.Of(err).Status != http.StatusBadRequest {
			t.Errorf("the refused change got %v, want Google's 400", err)
		} else if i != refused && err != nil {
			t.Errorf("change %d: %v", i, err)
		}
	}
	wantMembers(t, s, "roles/viewer", slices.Delete(members, refused, refused+1)...)
	if s.sets > 10 {
		t.Errorf("%d writes, want at most 10", s.sets)
	}
}

func TestModify_SeveralRefusedChangesFailAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		changes, members := fiftyChanges()
		bad := map[string]bool{members[3]: true, members[4]: true, members[30]: true}
		s.onSet = func(_ int, p *Policy) error {
			if slices.ContainsFunc(p.Bindings[0].Members, func(m string) bool { return bad[m] }) {
				return statusError(http.StatusForbidden)
			}
			return nil
		}
		for i, err := range modifyAll(t, NewWriter(s, testOptions()), changes...) {
			if (err != nil) != bad[members[i]] {
				t.Errorf("change %d: %v, refused by Google: %v", i, err, bad[members[i]])
			}
		}
		wantMembers(t, s, "roles/viewer", slices.DeleteFunc(members, func(m string) bool { return bad[m] })...)
	})
}

func TestModify_WritesTwoProjectsSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const other = "projects/data-warehouse"
		s := newStore(project)
		s.policies[other] = &Policy{Etag: "other"}
		w := NewWriter(s, testOptions())
		start := time.Now()
		var wg sync.WaitGroup
		for _, resource := range []string{project, other} {
			wg.Go(func() {
				if _, err := w.Modify(t.Context(), resource, grantChange("roles/viewer", "user:alice@example.com")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 2*s.trip {
			t.Errorf("both took %v, want the two round trips of one, %v", took, 2*s.trip)
		}
	})
}

func TestModify_ALostResponseIsSettledByReading(t *testing.T) {
	for _, lost := range []error{errBroken, statusError(http.StatusServiceUnavailable), context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(project)
			s.loseResponse = func(n int) error {
				if n == 1 {
					return lost
				}
				return nil
			}
			out, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
			if err != nil || !out.Written {
				t.Fatalf("after %v: Modify = %+v, %v; want a written change", lost, out, err)
			}
			if s.sets != 1 {
				t.Errorf("after %v: %d writes, want the one whose response was lost", lost, s.sets)
			}
		})
	}
}

func TestModify_AResponseThatNeverComesIsUnsettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onSet = func(int, *Policy) error { return errBroken }
		s.onGet = func(n int) error {
			if n > 1 {
				return statusError(http.StatusServiceUnavailable)
			}
			return nil
		}
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if !errors.Is(err, ErrUnsettled) {
			t.Errorf("err = %v, want ErrUnsettled", err)
		}
	})
}

func TestModify_AnOutageEndsAfterItsTriesAndWroteNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.onSet = func(int, *Policy) error { return statusError(http.StatusServiceUnavailable) }
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if cause.Of(err).Status != http.StatusServiceUnavailable || errors.Is(err, ErrUnsettled) {
			t.Errorf("err = %v, want Google's 503, settled by the last read", err)
		}
		if s.sets != PortalRetry().Tries {
			t.Errorf("%d writes, want %d", s.sets, PortalRetry().Tries)
		}
	})
}

func TestModify_RefusesAPolicyOfVersion4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.policies[project].Version = 4
		_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		if !errors.Is(err, ErrVersion) || s.sets != 0 {
			t.Errorf("err = %v after %d writes, want ErrVersion and none", err, s.sets)
		}
	})
}

func TestModify_RefusesAResponseWithoutEtag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		s.policies[project].Etag = ""
		for _, base := range []*Policy{nil, {Version: 3}} {
			c := grantChange("roles/viewer", "user:alice@example.com")
			c.Base = base
			_, err := NewWriter(s, testOptions()).Modify(t.Context(), project, c)
			if !errors.Is(err, ErrNoEtag) || s.sets != 0 {
				t.Errorf("err = %v after %d writes, want ErrNoEtag and none", err, s.sets)
			}
		}
	})
}

func TestModify_ForeignBindingsStayWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		foreign := []*Binding{
			{Role: "roles/editor", Members: []string{"user:Zoe@Example.com", "deleted:user:gone@example.com?uid=123"}},
			{Role: "roles/viewer", Condition: &Expr{Title: "t", Description: "d", Expression: "true", Location: "policy.yaml:3"}, Members: []string{"group:g@example.com"}},
			{Role: "roles/browser"},
			{Role: "roles/editor", Members: []string{"user:bob@example.com"}},
		}
		s := newStore(project, foreign...)
		want := Clone(s.policies[project]).Bindings
		if _, err := NewWriter(s, testOptions()).Modify(t.Context(), project, grantChange("roles/new", "user:alice@example.com")); err != nil {
			t.Fatal(err)
		}
		got := s.policies[project]
		if !sameBindings(&Policy{Bindings: want}, &Policy{Bindings: got.Bindings[:len(want)]}) {
			t.Errorf("foreign bindings became %+v", got.Bindings)
		}
	})
}

func TestModify_TheSweepGoesAlongAndIsLeftOutWhereRefused(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(project, &Binding{Role: "roles/expired", Members: []string{"user:bob@example.com"}})
			s.onSet = func(_ int, p *Policy) error {
				if refuse && p.Bindings[0].Role != "roles/expired" {
					return statusError(http.StatusForbidden)
				}
				return nil
			}
			o := testOptions()
			o.Sweep = func(p *Policy) {
				p.Bindings = slices.DeleteFunc(p.Bindings, func(b *Binding) bool { return b.Role == "roles/expired" })
			}
			if _, err := NewWriter(s, o).Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com")); err != nil {
				t.Fatalf("sweep refused %v: %v", refuse, err)
			}
			wantMembers(t, s, "roles/viewer", "user:alice@example.com")
			if kept := s.members(project, "roles/expired") != nil; kept != refuse {
				t.Errorf("expired binding kept: %v, want %v", kept, refuse)
			}
		})
	}
}

func TestModify_SendsTheReasonOfOneAndTheIDsOfSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		w := NewWriter(s, testOptions())
		alone := grantChange("roles/viewer", "user:alice@example.com")
		alone.Reason = "Self-approved,\r\njustification: \x1b[31mx\u0085" + strings.Repeat("é", 2000)
		modifyAll(t, w, alone)
		modifyAll(t, w, grantChange("roles/viewer", "b"), grantChange("roles/viewer", "c"))
		first := s.reasons[0]
		if !strings.HasPrefix(first, "Self-approved,  justification:  [31mx") || len(first) > longestReason {
			t.Errorf("reason = %q (%d bytes), want it on one line and bounded", first[:40], len(first))
		}
		if s.reasons[1] != "b, c" && s.reasons[1] != "c, b" {
			t.Errorf("reason of two = %q, want their ids", s.reasons[1])
		}
	})
}

func TestModify_ACallerThatLeavesLateDoesNotCancelTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		w := NewWriter(s, testOptions())
		ctx, cancel := context.WithTimeout(t.Context(), s.trip+s.trip/4) // while the write is under way
		defer cancel()
		first := make(chan error, 1)
		go func() {
			_, err := w.Modify(ctx, project, grantChange("roles/viewer", "user:alice@example.com"))
			first <- err
		}()
		if errs := modifyAll(t, w, grantChange("roles/viewer", "user:bob@example.com")); errs[0] != nil {
			t.Errorf("the other caller got %v", errs[0])
		}
		if err := <-first; !errors.Is(err, ErrUnsettled) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller that left late got %v, want ErrUnsettled", err)
		}
		wantMembers(t, s, "roles/viewer", "user:alice@example.com", "user:bob@example.com")
	})
}

// A change that panics took the process along, and with it everybody whose change was in the batch.
func TestModify_APanicIsAnErrorOfItsOwnChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(project)
		w := NewWriter(s, testOptions())
		var failed, written error
		var both sync.WaitGroup
		both.Go(func() {
			_, failed = w.Modify(t.Context(), project, Change{Apply: func(p *Policy) error { p.Bindings = nil; panic("no such binding") }})
		})
		both.Go(func() {
			_, written = w.Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
		})
		both.Wait()
		var panicked *PanicError
		if !errors.As(failed, &panicked) || panicked.Value != "no such binding" || errors.Is(failed, ErrUnsettled) || !strings.Contains(string(panicked.Stack), "writer_test.go") {
			t.Errorf("the change that panics ends in %v", failed)
		}
		if written != nil || s.writes != 1 {
			t.Errorf("the other change ends in %v after %d writes", written, s.writes)
		}
	})
}

func TestModify_APanicOfTheBatchAnswersEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		at        func(*store, *Options)
		unsettled bool
	}{
		"the sweep":         {func(_ *store, o *Options) { o.Sweep = func(*Policy) { panic("sweep") } }, true},
		"a write":           {func(s *store, _ *Options) { s.onSet = func(int, *Policy) error { panic("set") } }, true},
		"a read before all": {func(s *store, _ *Options) { s.onGet = func(int) error { panic("get") } }, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, options := newStore(project), testOptions()
			c.at(s, &options)
			w := NewWriter(s, options)
			for range 2 { // the queue goes on
				_, err := w.Modify(t.Context(), project, grantChange("roles/viewer", "user:alice@example.com"))
				var panicked *PanicError
				if !errors.As(err, &panicked) || errors.Is(err, ErrUnsettled) != c.unsettled {
					t.Errorf("%s: %v, want a panic, unsettled: %t", name, err, c.unsettled)
				}
			}
		})
	}
}
