//go:build !race

package streamenc_test

// raceDetector scales tests down that would take minutes with it.
const raceDetector = false
