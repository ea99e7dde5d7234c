//go:build !race

package retry

// raceDetector scales tests down that would take long with it.
const raceDetector = false
