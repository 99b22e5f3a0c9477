package view

import (
	"strconv"
	"time"
)

// DefaultDuration is the preset that is selected at first.
const DefaultDuration = time.Hour

// presets are the durations that a form offers: up to the longest, and longer than what is left of
// an active role, so that none shortens access. If only the longest would be left of an extension,
// half an hour less is offered too.
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

// durationValue formats a preset as the form sends it, for time.ParseDuration to read.
func durationValue(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return d.String()
}
