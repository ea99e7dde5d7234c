//go:build race

package voice_test

const raceDetector = true
