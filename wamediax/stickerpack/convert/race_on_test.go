//go:build race

package convert_test

const raceDetector = true
