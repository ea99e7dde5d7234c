package productimg

import "github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"

var (
	// ErrFormat means that the input is not a JPEG, PNG or WebP, or is damaged.
	ErrFormat = picture.ErrFormat
	// ErrTruncated means that a picture ends early, or that the input is empty. It wraps
	// [ErrFormat].
	ErrTruncated = picture.ErrTruncated
	// ErrTooManyPixels means that the header announces more pixels than [WithMaxPixels] allows, or
	// that converting the picture would take more memory than [WithMaxMemory] allows.
	ErrTooManyPixels = picture.ErrTooLarge
)
