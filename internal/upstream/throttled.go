package upstream

import (
	"errors"
	"fmt"
	"time"
)

// Throttled says that Google was not asked, because a limit of the portal held the call back. It
// tells nothing about what was to be asked: who gets it must neither take a group for one that
// cannot be read, nor a project for one that is not the person's.
type Throttled struct {
	Service    string        // whose quota is kept, or what else is limited; "" for pages and acts
	RetryAfter time.Duration // when it can be tried again
	Personal   bool          // one person is held back, and not the instance
	StandsIn   bool          // it may stand for a project that is not the person's
}

// Error implements error.
func (t *Throttled) Error() string {
	who, what := "this instance has", t.Service
	if t.Personal {
		who = "this person has"
	}
	if what == "" {
		what = "pages and acts"
	}
	return fmt.Sprintf("not asked: %s used up its part of: %s; again in %v", who, what, t.RetryAfter.Round(time.Second))
}

// AsThrottled finds a Throttled in an error, or returns nil.
func AsThrottled(err error) *Throttled {
	var t *Throttled
	if errors.As(err, &t) {
		return t
	}
	return nil
}
