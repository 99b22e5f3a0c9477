//go:build race

package activation

// raced tells that the race detector watches: fewer schedules, each of them slower.
const raced = true
