package web

import (
	"context"
	"net/http"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// notYoursInterval is longer than the calls to Google take that a page makes for a project on which
// nothing is the person's.
const notYoursInterval = time.Second

// holdBack holds the answer back that a project is not the person's, until a whole number of
// seconds has passed since the page was begun. A project that does not exist is known sooner than
// one that exists, and one whose bindings name groups takes longest: how long the answer takes must
// not say which it is. It makes no call. An id that no project can have is answered at once.
func (s *site) holdBack(r *http.Request, begun time.Time, err error) {
	if err == nil || !kinds[toError(err).Kind].counted || !eligibility.ProjectCanExist(r.PathValue("project")) {
		return
	}
	s.Wait(r.Context(), notYoursInterval-s.Clock().Sub(begun)%notYoursInterval)
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
