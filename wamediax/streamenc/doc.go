// Package streamenc encrypts and decrypts WhatsApp media as streams: any size
// in constant memory, on as many cores as help, and byte for byte what every
// other client makes and reads.
//
// # When to use which
//
// To encrypt:
//
//	EncryptBytes     a small file that is in memory, into memory
//	AppendEncrypted  the same, into memory that you supply
//	Encrypt          a reader into a writer
//	NewWriter        the same, where your code does the writing (Close writes
//	                 the end)
//	NewEncryptor     your code does the buffering too: Update and Finalize
//	                 append to your slices
//	Seal             a file that can be read in place: one pass for the hashes,
//	                 then the object opens at any offset, as often as wanted,
//	                 without having been stored anywhere
//
// An upload needs the hash of the whole object before its first byte goes out.
// [Seal] is for that: it keeps 16 bytes per MiB instead of a copy, can be
// stored and taken up again by another process, and notices a source that
// changed meanwhile. For small media, [WithObjectInMemory] saves the second
// encryption.
//
// To decrypt:
//
//	DecryptBytes     a small file that is in memory, in place
//	Decrypt          a reader into a writer, or in place into a file
//	NewReader        the same, where your code does the reading
//	NewReaderAt      any part of the plaintext, fetching only what it takes;
//	                 for players and http.ServeContent
//
// # What is verified when
//
// The MAC covers the whole object, so [Decrypt] and [Reader] hand out plaintext
// that is not verified yet, and hold back the last part until everything was
// found right. An error, at whatever point, means that what came before must
// not be used. [VerifySidecar] lifts that: each 64 KiB is verified on its own
// before it is handed out, also by [ReaderAt], which otherwise verifies
// nothing. [ExpectHashes] ties the object and the plaintext to the hashes in
// the message.
//
// # Memory and goroutines
//
// Whatever the size, a stream takes at most 2 MiB of buffers, with
// [WithParallelism](1) at most 64 KiB to encrypt; sealing adds its 16 bytes per
// MiB. Buffers of up to 1 MiB are used again by later calls. Those that held
// plaintext are overwritten first, which takes half a percent of the time that
// encrypting took; packages fetch and resume keep to the same rule with their
// own buffers. Key material is never in them. After an error or a panic of
// a source or destination its buffers are left to the garbage collector: a read
// that was given up may still be running.
//
// Helper goroutines end before the call that needed them returns; only a reader
// from [Sealed.Open] keeps one until its end or Close. Readers and writers
// given to this package are used from the caller's goroutine alone, except the
// source of a [Sealed]; wherever they panic, the call that needed them panics,
// and what it was called on returns errors from then on. Nothing here takes a
// context: to cancel, let the source or the destination fail; its error comes
// back wrapped.
//
// # Format
//
// A media key of 32 bytes expands by HKDF-SHA-256, with the media type as info,
// to an IV, an AES-256 key and a MAC key. The object is AES-256-CBC with PKCS#7
// padding, followed by the first 10 bytes of HMAC-SHA-256 over IV and
// ciphertext. whatsmeow (download.go, upload.go) and WhatsApp Web show it.
package streamenc
