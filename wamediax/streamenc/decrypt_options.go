package streamenc

import "bytes"

// DecryptOption changes what is checked while something is decrypted.
type DecryptOption func(*decryptOptions)

type decryptOptions struct {
	encSHA256, plainSHA256 []byte // nil: not checked
	sidecar                []byte
	hasSidecar             bool
}

// ExpectHashes checks the SHA-256 of the whole encrypted object and of the plaintext, as a message names them. Either may be
// empty, and is then not checked. They are known only at the end, so NewReaderAt does not use them.
func ExpectHashes(fileEncSHA256, fileSHA256 []byte) DecryptOption {
	return func(o *decryptOptions) {
		o.encSHA256, o.plainSHA256 = bytes.Clone(fileEncSHA256), bytes.Clone(fileSHA256)
	}
}

// VerifySidecar checks each 64 KiB against its entry of the streaming sidecar before any byte of it is handed out, by
// NewReaderAt and also by NewReader and Decrypt. A sidecar that has the wrong length or does not match gives ErrInvalidMAC.
// The sidecar must come from where the media key came from (it is in the message). It may be as phones write it, or as zapo and
// whatsapp-rust do: without an entry for the MAC alone, or without the IV. With the latter, ReaderAt reads up to twice as
// much when it jumps.
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
