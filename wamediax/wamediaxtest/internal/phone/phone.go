// Package phone implements the encryption between a client that requests media
// again and its phone. Both sides encrypt with a key derived from the message's
// media key, and authenticate the message's ID.
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

// ivSize is the length of an initialization vector in bytes.
const ivSize = 12

// OpenReceipt decrypts a client's receipt for a message. It returns an error if mediaKey is not the
// message's, or if the decrypted receipt has another message's ID.
func OpenReceipt(receipt waBinary.Node, id types.MessageID, mediaKey []byte) error {
	ciphertext, _ := receipt.GetChildByTag("encrypt", "enc_p").Content.([]byte)
	iv, _ := receipt.GetChildByTag("encrypt", "enc_iv").Content.([]byte)
	if len(iv) != ivSize {
		return fmt.Errorf("initialization vector has %d bytes, must be %d", len(iv), ivSize)
	}
	key, err := deriveKey(mediaKey)
	if err != nil {
		return err
	}
	plaintext, err := gcmutil.Decrypt(key, iv, ciphertext, []byte(id))
	if err != nil {
		return fmt.Errorf("failed to decrypt receipt: %w", err)
	}
	var inside waMmsRetry.ServerErrorReceipt
	if err = proto.Unmarshal(plaintext, &inside); err != nil {
		return fmt.Errorf("failed to unmarshal receipt: %w", err)
	}
	if inside.GetStanzaID() != id {
		return errors.New("decrypted receipt has another message's ID")
	}
	return nil
}

// Seal encrypts a response about a message with a new initialization vector.
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

// Encrypted returns the node with the ciphertext for a response's stanza.
func Encrypted(ciphertext, iv []byte) waBinary.Node {
	return waBinary.Node{Tag: "encrypt", Content: []waBinary.Node{
		{Tag: "enc_p", Content: ciphertext},
		{Tag: "enc_iv", Content: iv},
	}}
}

func deriveKey(mediaKey []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, mediaKey, nil, "WhatsApp Media Retry Notification", 32)
}
