//go:build !race

package retry

// raceDetector reduces tests that would take long with it.
const raceDetector = false
