package world

import "time"

// history is a value with its earlier versions, for readers that lag behind.
type history[T any] struct{ versions []version[T] }

type version[T any] struct {
	since time.Time
	value T
}

func (h *history[T]) latest() T {
	var none T
	if len(h.versions) == 0 {
		return none
	}
	return h.versions[len(h.versions)-1].value
}

// at is the value as it was at that time; false before the first.
func (h *history[T]) at(t time.Time) (T, bool) {
	for i := len(h.versions) - 1; i >= 0; i-- {
		if !h.versions[i].since.After(t) {
			return h.versions[i].value, true
		}
	}
	var none T
	return none, false
}

// put adds a version, and forgets those that were replaced before the horizon.
func (h *history[T]) put(now, horizon time.Time, value T) {
	h.versions = append(h.versions, version[T]{now, value})
	for len(h.versions) > 1 && h.versions[1].since.Before(horizon) {
		h.versions = h.versions[1:]
	}
}
