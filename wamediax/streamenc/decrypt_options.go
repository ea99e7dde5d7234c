package streamenc

import "bytes"

// DecryptOption is an option for decryption.
type DecryptOption func(*decryptOptions)

type decryptOptions struct {
	encSHA256, plainSHA256 []byte // nil: not checked
	sidecar                []byte
	hasSidecar             bool
}

// ExpectHashes verifies the SHA-256 of the encrypted object and of the plaintext, as given in a
// message. An empty hash is not verified. Since hashes are only known at the end, NewReaderAt
// ignores this option.
func ExpectHashes(fileEncSHA256, fileSHA256 []byte) DecryptOption {
	return func(o *decryptOptions) {
		o.encSHA256, o.plainSHA256 = bytes.Clone(fileEncSHA256), bytes.Clone(fileSHA256)
	}
}

// VerifySidecar verifies each 64 KiB against the streaming sidecar before returning any of it, in
// NewReader, NewReaderAt and Decrypt. A sidecar of the wrong length or content gives ErrInvalidMAC.
// It must come from the same trusted message as the media key. It may have the form that phones
// write, or that of zapo or whatsapp-rust: without an entry for the MAC alone, or without the IV.
// With the latter, a ReaderAt reads up to twice as much after a seek.
func VerifySidecar(sidecar []byte) DecryptOption {
	return func(o *decryptOptions) { o.sidecar, o.hasSidecar = bytes.Clone(sidecar), true }
}

func newDecryptOptions(opts []DecryptOption) *decryptOptions {
	o := new(decryptOptions)
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}
