package productimg

import (
	"errors"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/picture"
)

var (
	// ErrFormat: it is no JPEG, PNG or WebP.
	ErrFormat = errors.New("not a JPEG, PNG or WebP picture")
	// ErrTruncated: it is one, but ends before its end. Nothing at all, 0 bytes, counts as that too.
	ErrTruncated = errors.New("picture is truncated")
	// ErrTooManyPixels: its header promises more than [WithMaxPixels] allows, or converting it would take more memory than
	// [WithMaxMemory] does.
	ErrTooManyPixels = picture.ErrTooLarge
)
