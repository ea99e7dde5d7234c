//go:build race

package stickerpack_test

const raceDetector = true
