package view

import (
	"strconv"
	"time"
)

// DefaultDuration is what the form offers first when nothing was chosen before.
const DefaultDuration = time.Hour

// presets are the durations that a form offers: at most longest, and longer than what is left of an active role, so
// that none shortens access. Longest is among them, and beside it, where only that is left, half an hour less.
func presets(longest, left time.Duration) []time.Duration {
	var offered []time.Duration
	for _, d := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour} {
		if left < d && d < longest {
			offered = append(offered, d)
		}
	}
	if longest <= left {
		return nil
	}
	if shorter := longest - 30*time.Minute; len(offered) == 0 && left > 0 && shorter > left {
		offered = append(offered, shorter)
	}
	return append(offered, longest)
}

// durationValue writes a preset as the form sends it and time.ParseDuration reads it.
func durationValue(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return d.String()
}
