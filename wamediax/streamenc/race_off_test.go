//go:build !race

package streamenc_test

// raceDetector reduces tests that would take minutes with it.
const raceDetector = false
