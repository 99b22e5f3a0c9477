package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// tree answers who is whose parent after a second, and counts how often it was asked; policies of
// slow take a minute.
func tree(parentOf func(string) (string, error), calls *atomic.Int64, slow string) *ancestors {
	return &ancestors{
		parents: newOnce(func(_ context.Context, name string) (string, error) {
			calls.Add(1)
			<-time.After(time.Second)
			return parentOf(name)
		}),
		policies: &policies{newOnce(func(_ context.Context, resource string) (*policy.Policy, error) {
			calls.Add(1)
			if resource == slow {
				<-time.After(time.Minute)
			}
			<-time.After(time.Second)
			return &policy.Policy{Etag: resource}, nil
		})},
	}
}

// nested is a project in some folders in an organization.
func nested(folders int) func(string) (string, error) {
	return func(name string) (string, error) {
		depth := 0
		if _, err := fmt.Sscanf(name, "folders/%d", &depth); err != nil && strings.HasPrefix(name, "organizations/") {
			return "", nil
		}
		if depth == folders {
			return "organizations/1", nil
		}
		return fmt.Sprint("folders/", depth+1), nil
	}
}

func TestAncestors_AreAskedForOnceByAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		a := tree(nested(10), &calls, "")
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				line, err := a.above(t.Context(), "projects/p")
				if err != nil || len(line) != 11 || line[0].Policy.Etag != "folders/1" || line[10].Policy.Etag != "organizations/1" {
					t.Errorf("got %d ancestors, %v, want ten folders and the organization", len(line), err)
				}
			})
		}
		all.Wait()
		// Of the project, ten folders and the organization each the parent, and of all but the
		// project the policy.
		if took := time.Since(began); calls.Load() != 12+11 || took != 12*time.Second {
			t.Errorf("%d calls in %v, want 23 in 12 s: each policy is read beside the next step", calls.Load(), took)
		}
	})
}

func TestAncestors_OfACircleEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		a := tree(func(string) (string, error) { return "folders/1", nil }, &calls, "")
		line, err := a.above(t.Context(), "projects/p")
		if err == nil || !strings.Contains(err.Error(), "more than 11 levels") || len(line) != 11 {
			t.Errorf("got %d ancestors, %v, want 11 and an error", len(line), err)
		}
	})
}

func TestAncestors_ThatDoNotAnswerAreLeftOutAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		a := tree(nested(1), &calls, "folders/1")
		began := time.Now()
		for range 3 { // the second and third wait for nothing
			line, err := a.above(t.Context(), "projects/p")
			if err != nil || len(line) != 2 || !errors.Is(line[0].Err, context.DeadlineExceeded) || line[1].Policy == nil {
				t.Fatalf("got %+v, %v, want the organization's policy and not the folder's", line, err)
			}
		}
		if took := time.Since(began); took != 6*time.Second { // a second to find the folder
			t.Errorf("took %v, want 6 s", took)
		}
		if p, err := a.policies.get(t.Context(), "folders/1"); err != nil || p.Etag != "folders/1" {
			t.Errorf("who needs the policy got %v, %v, want the read that was under way", p, err)
		}
	})
}
