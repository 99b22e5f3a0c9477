package eligibility

import "time"

// Window is the time in which an activation grants its role: half open, [Start, End), in UTC and whole seconds.
type Window struct{ Start, End time.Time }

// Contains is true from Start on, until just before End, as IAM evaluates the condition.
func (w Window) Contains(t time.Time) bool {
	return !t.Before(w.Start) && t.Before(w.End)
}

// Duration is the length of the window.
func (w Window) Duration() time.Duration {
	return w.End.Sub(w.Start)
}

// whole is the window in UTC and whole seconds.
func (w Window) whole() Window {
	return Window{Start: w.Start.UTC().Truncate(time.Second), End: w.End.UTC().Truncate(time.Second)}
}
