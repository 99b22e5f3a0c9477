package wire

import (
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// limit is one documented quota: calls in a minute for each consumer project.
type limit struct {
	metric  string
	perMin  int
	service string
}

// limitOf is the quota that a call is counted against; none for most.
func limitOf(c Call) (limit, bool) {
	switch {
	case c.Method == "BatchGetEffectiveIamPolicies":
		return limit{"BatchGetEffectiveIamPolicies Requests", 100, c.Host}, true
	case c.Method == "SearchAllIamPolicies":
		return limit{"SearchAllIamPolicies Requests", 400, c.Host}, true
	case c.Method == "SearchAllResources":
		return limit{"SearchAllResources Requests", 400, c.Host}, true
	case c.Host == "admin.googleapis.com":
		return limit{"Queries", 2400, c.Host}, true
	}
	return limit{}, false
}

// quota counts calls in windows of a minute.
type quota struct {
	options Options

	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	since time.Time
	calls int
}

func newQuota(o Options) *quota { return &quota{options: o, windows: map[string]*window{}} }

// take counts a call, or says that there were too many.
func (q *quota) take(c Call) *refusal {
	l, ok := limitOf(c)
	if !ok {
		return nil
	}
	consumer := "0"
	if q.options.Consumer != nil {
		consumer = q.options.Consumer(c.Caller, c.project)
	}
	if q.count(l.metric+" "+consumer) <= l.perMin {
		return nil
	}
	return &refusal{http.StatusTooManyRequests, status.Newf(codes.ResourceExhausted,
		"Quota exceeded for quota metric '%s' and limit '%s per minute' of service '%s' for consumer 'project_number:%s'.",
		l.metric, l.metric, l.service, consumer)}
}

func (q *quota) count(key string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.options.Clock()
	w := q.windows[key]
	if w == nil || now.Sub(w.since) >= time.Minute {
		w = &window{since: now}
		q.windows[key] = w
	}
	w.calls++
	return w.calls
}
