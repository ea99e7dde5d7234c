// Package streamenc encrypts and decrypts WhatsApp media as streams of any
// size,
// in constant memory and on several cores. Its format is byte for byte that of
// all other WhatsApp clients.
//
// # When to use which
//
// To encrypt:
//
//	EncryptBytes     a small file in memory, to memory
//	AppendEncrypted  the same, to memory of the caller
//	Encrypt          from a reader to a writer
//	NewWriter        an io.WriteCloser (Close writes the last block and
//	                 the MAC)
//	NewEncryptor     Update and Finalize append to the caller's slices
//	Seal             an io.ReaderAt: one pass computes the hashes, then the
//	                 object can be read from any offset, any number of
//	                 times, without being stored anywhere
//
// An upload must know the hash of the whole object before it sends the first
// byte. [Seal] makes that possible: it keeps 16 bytes per MiB in place of a
// copy of the object, can be stored and continued by another process, and
// detects a source that has changed since. For small media,
// [WithObjectInMemory] avoids encrypting twice.
//
// To decrypt:
//
//	DecryptBytes     a small file in memory, in place
//	Decrypt          from a reader to a writer, or in place in a file
//	NewReader        an io.Reader
//	NewReaderAt      an io.ReaderAt that reads only what it needs,
//	                 for players and http.ServeContent
//
// # Verification
//
// The MAC covers the whole object. [Decrypt] and [Reader] therefore return
// plaintext before it is verified, but hold back the last part until everything
// is verified. After an error, discard all of it. With [VerifySidecar], each
// 64 KiB is verified before it is returned, also by [ReaderAt], which otherwise
// verifies nothing. [ExpectHashes] verifies the hashes of the object and the
// plaintext in the message.
//
// # Memory and goroutines
//
// A stream of any size needs at most 2 MiB of buffers. Encrypting with
// [WithParallelism](1) needs at most 64 KiB. [Seal] needs 16 bytes per MiB in
// addition. Buffers of up to 1 MiB are pooled. Those that held plaintext are
// overwritten first, which takes half a percent of the time of encrypting it;
// packages fetch and resume do the same with their buffers. Buffers never hold
// keys. After an error or a panic of a source or destination its buffers are
// left to the garbage collector, because an abandoned read may still be
// running.
//
// Helper goroutines end before the call that started them returns, except for
// one per reader from [Sealed.Open], which ends with it or its Close. Only the
// caller's goroutine uses readers and writers passed to this package, except
// for the source of a [Sealed]. If one of them panics, the call that needed it
// panics, and later calls on the same value return errors. This package uses no
// contexts: to cancel a call, let its source or destination fail. The call
// returns that error wrapped.
//
// # Format
//
// HKDF-SHA-256 expands a media key of 32 bytes, with the media type as info, to
// an IV, an AES-256 key and a MAC key. The object is AES-256-CBC with PKCS#7
// padding, followed by the first 10 bytes of HMAC-SHA-256 over IV and
// ciphertext (whatsmeow's download.go and upload.go; WhatsApp Web).
package streamenc
