package quota

import "context"

// Requests is what a [*upstream.Throttled] names where a person has sent too many requests. Each is
// signed, told to the topic, and mailed to its reviewers.
const Requests = "requests to peers"

// CheckRequest reports whether the person of the context's budget may send a request now. The error
// is an [*upstream.Throttled] where they may not.
func CheckRequest(ctx context.Context) error { return request(ctx, 0) }

// TakeRequest is CheckRequest for a request that is sent, or sent again.
func TakeRequest(ctx context.Context) error { return request(ctx, 1) }

func request(ctx context.Context, taken float64) error {
	b := budgetOf(ctx)
	if b == nil {
		return nil
	}
	b.limiter.mu.Lock()
	defer b.limiter.mu.Unlock()
	now, sent := b.limiter.clock(), &b.person.requests
	if wait := sent.wait(now, b.limiter.limits.requests, 1); wait > 0 {
		return throttled(Requests, wait, true)
	}
	sent.take(now, b.limiter.limits.requests, taken)
	return nil
}
