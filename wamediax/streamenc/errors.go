package streamenc

import "errors"

// Errors about keys and encrypted media, for errors.Is. They are returned wrapped with their
// position. No error of this package contains a media key or anything derived from one.
var (
	// ErrKeySize means that a media key is not 32 bytes.
	ErrKeySize = errors.New("media key must be 32 bytes")
	// ErrNotEncrypted means that WhatsApp never encrypts this media type, or that the type is
	// empty.
	ErrNotEncrypted = errors.New("media type is never encrypted")
	// ErrInvalidMAC means that the ciphertext was modified, or has another media key or media type.
	ErrInvalidMAC = errors.New("invalid media MAC")
	// ErrInvalidPadding means that the MAC is valid but the PKCS#7 padding is not: the sender
	// encrypted the media incorrectly.
	ErrInvalidPadding = errors.New("invalid media padding")
	// ErrTruncated means that the encrypted media has an invalid length: a part is missing.
	ErrTruncated = errors.New("encrypted media is truncated")
	// ErrHashMismatch means that the data does not have a hash given to ExpectHashes.
	ErrHashMismatch = errors.New("media hash mismatch")
	// ErrSourceChanged means that the source of a Sealed no longer has the bytes that were sealed.
	// Seal it again.
	ErrSourceChanged = errors.New("media source changed since it was sealed")
)
