package streamenc

import "errors"

// What can be wrong with a key or with encrypted media. Test for them with errors.Is: they come wrapped, with where it
// happened. No error of this package contains a media key or anything derived from one.
var (
	// ErrKeySize means that a media key is not 32 bytes long.
	ErrKeySize = errors.New("media key must be 32 bytes")
	// ErrNotEncrypted means that WhatsApp never encrypts this media type (or that it is empty), so there is no key to derive.
	ErrNotEncrypted = errors.New("media type is never encrypted")
	// ErrInvalidMAC means that the ciphertext was changed, or that it belongs to another media key or media type.
	ErrInvalidMAC = errors.New("invalid media MAC")
	// ErrInvalidPadding means that the MAC holds, but the last block is no PKCS#7 padding: the sender made it wrong.
	ErrInvalidPadding = errors.New("invalid media padding")
	// ErrTruncated means that the ciphertext has a length that encrypted media cannot have: some of it is missing.
	ErrTruncated = errors.New("encrypted media is truncated")
	// ErrHashMismatch means that a hash given to ExpectHashes is not the one of the bytes that came.
	ErrHashMismatch = errors.New("media hash mismatch")
	// ErrSourceChanged means that the source of a Sealed no longer has the bytes that were sealed. Seal it again.
	ErrSourceChanged = errors.New("media source changed since it was sealed")
)
