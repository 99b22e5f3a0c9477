package wire

import (
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// limitOf is the documented quota of a call: calls a minute for each consumer project. Most calls
// have none.
func limitOf(c Call) (metric string, perMinute int) {
	switch {
	case c.Method == "BatchGetEffectiveIamPolicies":
		return c.Method + " Requests", 100
	case c.Method == "SearchAllIamPolicies", c.Method == "SearchAllResources":
		return c.Method + " Requests", 400
	case c.Host == "admin.googleapis.com":
		return "Queries", 2400
	}
	return "", 0
}

// quota counts calls for each minute of the clock.
type quota struct {
	options Options

	mu    sync.Mutex
	calls map[quotaKey]int
}

type quotaKey struct {
	metric, consumer string
	minute           time.Time
}

// take counts a call, and returns an error if there were too many.
func (q *quota) take(c Call) *callError {
	metric, limit := limitOf(c)
	if limit == 0 {
		return nil
	}
	consumer := q.options.Consumer(c.Caller, c.project)
	q.mu.Lock()
	defer q.mu.Unlock()
	key := quotaKey{metric, consumer, q.options.Clock().Truncate(time.Minute)}
	if q.calls[key]++; q.calls[key] <= limit {
		return nil
	}
	return &callError{http.StatusTooManyRequests, status.Newf(codes.ResourceExhausted,
		"Quota exceeded for quota metric '%s' and limit '%s per minute' of service '%s' for consumer 'project_number:%s'.",
		metric, metric, c.Host, consumer)}
}
