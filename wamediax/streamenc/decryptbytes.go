package streamenc

import (
	"bytes"
	"io"

	"go.mau.fi/whatsmeow"
)

// DecryptBytes decrypts object in place: it overwrites object, and the plaintext that it returns is the beginning of the same
// memory. It allocates nothing that grows with the object. The plaintext is verified: the MAC, the padding and what the
// options ask for. After an error, whose kinds are those of NewReader and Reader, what object holds must not be used.
func DecryptBytes(object, mediaKey []byte, mediaType whatsmeow.MediaType, opts ...DecryptOption) ([]byte, error) {
	r := &Reader{checks: newDecryptOptions(opts)}
	if err := r.keys.derive(mediaKey, mediaType); err != nil {
		return nil, err
	}
	last := piece{last: true}
	if err := r.readLast(&last, object); err != nil {
		return nil, err
	}
	if r.checks.hasSidecar {
		return decryptBytesBySidecar(object, mediaKey, mediaType, opts)
	}
	r.digests.init(&r.keys)
	cbc := r.keys.decrypter(r.keys.iv())
	var plain []byte // of the piece before
	for rest := last.enc; len(rest) > 0; {
		enc := rest[:min(len(rest), smallPiece)]
		rest = rest[len(enc):]
		r.digests.updateApart(plain, enc)
		cbc.CryptBlocks(enc, enc)
		plain = enc
	}
	plain, r.padding = unpad(plain)
	r.digests.updateApart(plain, nil)
	if err := r.verify(&last); err != nil {
		return nil, err
	}
	return object[:r.digests.plainLength], nil
}

// decryptBytesBySidecar is for the rare caller that has a sidecar as well. A Reader keeps what it has read apart, so it can
// be read into the memory that it comes from.
func decryptBytesBySidecar(object, mediaKey []byte, mediaType whatsmeow.MediaType, opts []DecryptOption) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(object), mediaKey, mediaType, opts...)
	if err != nil {
		return nil, err
	}
	n, err := io.ReadFull(r, object) // the object is longer than its plaintext
	if !r.complete {
		return nil, err
	}
	return object[:n], nil
}
