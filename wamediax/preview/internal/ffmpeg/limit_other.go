//go:build !linux

package ffmpeg

// limit does nothing: other systems cannot limit a running process.
func limit(int) error { return nil }
