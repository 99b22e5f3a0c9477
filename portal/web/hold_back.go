package web

import (
	"context"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/upstream"
)

// notYoursInterval is longer than the calls to Google take that a page makes for a project on which
// nothing is the person's.
const notYoursInterval = time.Second

// isHeldBack reports whether an error says that a project is not the person's, or is said instead.
// An id that no project can have is answered at once.
func isHeldBack(r *http.Request, err error) bool {
	held := upstream.AsThrottled(err)
	notTheirs := err != nil && kinds[toError(err).Kind].counted || held != nil && held.StandsIn
	return notTheirs && eligibility.ProjectCanExist(r.PathValue("project"))
}

// holdBack waits until a whole number of seconds has passed since the work for an answer began. A
// project that does not exist is known sooner than one that exists, and one whose bindings name
// groups takes longest: how long the answer takes must not say which it is. It makes no call.
func (s *site) holdBack(ctx context.Context, begun time.Time) {
	s.Wait(ctx, notYoursInterval-s.Clock().Sub(begun)%notYoursInterval)
}

// wait waits for a while, or until the context is over.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
