package productimg

import "github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"

var (
	// ErrFormat: it is no JPEG, PNG or WebP, or a damaged one.
	ErrFormat = picture.ErrFormat
	// ErrTruncated: it is one, but ends before its end. Nothing at all, 0 bytes, counts as that too. It is an [ErrFormat] as well.
	ErrTruncated = picture.ErrTruncated
	// ErrTooManyPixels: its header promises more than [WithMaxPixels] allows, or converting it would take more memory than
	// [WithMaxMemory] does.
	ErrTooManyPixels = picture.ErrTooLarge
)
