package streamenc

import (
	"bytes"
	"io"

	"go.mau.fi/whatsmeow"
)

// DecryptBytes decrypts object in place and returns the plaintext, which shares object's memory.
// Its memory use does not depend on the size of object. It verifies the MAC, the padding, and what
// the options ask for, before it returns any plaintext. Its errors are those of NewReader and
// Reader; after an error, discard the contents of object.
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
	var plain []byte // of the previous piece
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

// decryptBytesBySidecar handles the rare case of a sidecar. A Reader copies its input, so its
// output may overwrite the input.
func decryptBytesBySidecar(object, mediaKey []byte, mediaType whatsmeow.MediaType, opts []DecryptOption) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(object), mediaKey, mediaType, opts...)
	if err != nil {
		return nil, err
	}
	n, err := io.ReadFull(r, object) // the object is longer than the plaintext
	if !r.complete {
		return nil, err
	}
	return object[:n], nil
}
