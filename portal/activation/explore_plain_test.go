//go:build !race

package activation

// raceDetector is true if the race detector is on, which makes each schedule slower, so fewer are
// tried.
const raceDetector = false
