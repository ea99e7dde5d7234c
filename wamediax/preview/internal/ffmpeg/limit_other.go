//go:build !linux

package ffmpeg

// limit does nothing: other systems cannot bound a program from outside.
func limit(int) error { return nil }
