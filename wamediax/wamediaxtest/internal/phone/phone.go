// Package phone is the cryptography between a client that asks for media again
// and its phone. Both sides encrypt under a key that they derive from the
// message's media key, and authenticate the message's id.
package phone

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"google.golang.org/protobuf/proto"
)

// ivSize is the size of an initialization vector in bytes.
const ivSize = 12

// OpenReceipt decrypts a client's receipt about a message. It returns an error if mediaKey is not
// the message's, or if the receipt is about another message inside.
func OpenReceipt(receipt waBinary.Node, id types.MessageID, mediaKey []byte) error {
	ciphertext, _ := receipt.GetChildByTag("encrypt", "enc_p").Content.([]byte)
	iv, _ := receipt.GetChildByTag("encrypt", "enc_iv").Content.([]byte)
	if len(iv) != ivSize {
		return fmt.Errorf("the initialization vector has %d bytes", len(iv))
	}
	key, err := deriveKey(mediaKey)
	if err != nil {
		return err
	}
	plaintext, err := gcmutil.Decrypt(key, iv, ciphertext, []byte(id))
	if err != nil {
		return fmt.Errorf("failed to decrypt the receipt: %w", err)
	}
	var inside waMmsRetry.ServerErrorReceipt
	if err = proto.Unmarshal(plaintext, &inside); err != nil {
		return fmt.Errorf("failed to unmarshal the receipt: %w", err)
	}
	if inside.GetStanzaID() != id {
		return errors.New("the receipt is about another message inside")
	}
	return nil
}

// Seal encrypts an answer about a message under a new initialization vector.
func Seal(plaintext []byte, id types.MessageID, mediaKey []byte) (ciphertext, iv []byte, err error) {
	key, err := deriveKey(mediaKey)
	if err != nil {
		return nil, nil, err
	}
	iv = make([]byte, ivSize)
	_, _ = rand.Read(iv) // never fails
	ciphertext, err = gcmutil.Encrypt(key, iv, plaintext, []byte(id))
	return ciphertext, iv, err
}

// Encrypted is the part of an answer's stanza that holds the ciphertext.
func Encrypted(ciphertext, iv []byte) waBinary.Node {
	return waBinary.Node{Tag: "encrypt", Content: []waBinary.Node{
		{Tag: "enc_p", Content: ciphertext},
		{Tag: "enc_iv", Content: iv},
	}}
}

func deriveKey(mediaKey []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, mediaKey, nil, "WhatsApp Media Retry Notification", 32)
}
