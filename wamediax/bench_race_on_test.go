//go:build race

package wamediax_test

// raceDetector scales tests down that would take long with it, and leaves memory out that is its
// own.
const raceDetector = true
