package retry

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"google.golang.org/protobuf/proto"
)

// errNotDecrypted means that an answer is damaged, or was not encrypted for this request's media
// key.
var errNotDecrypted = errors.New("answer does not decrypt with the message's media key")

// envelope encrypts the request about one message and decrypts the answer. Both use AES-256-GCM
// with a key derived from the media key, and the message id as additional data (whatsmeow:
// mediaretry.go).
type envelope struct {
	id  types.MessageID
	gcm cipher.AEAD
}

func newEnvelope(id types.MessageID, mediaKey []byte) (*envelope, error) {
	key, err := hkdf.Key(sha256.New, mediaKey, nil, "WhatsApp Media Retry Notification", 32)
	if err != nil {
		return nil, fmt.Errorf("failed to derive the request's key: %w", err)
	}
	gcm, err := gcmutil.Prepare(key)
	return &envelope{id: id, gcm: gcm}, err
}

// seal returns the encrypted part of a receipt.
func (e *envelope) seal() (ciphertext, iv []byte, err error) {
	plaintext, err := proto.Marshal(&waMmsRetry.ServerErrorReceipt{StanzaID: &e.id})
	if err != nil {
		return nil, nil, fmt.Errorf("failed to marshal request: %w", err)
	}
	iv = make([]byte, e.gcm.NonceSize())
	_, _ = rand.Read(iv) // never fails
	return e.gcm.Seal(nil, iv, plaintext, []byte(e.id)), iv, nil
}

// open decrypts an answer. It returns errNotDecrypted if the answer is not for the media key, and
// otherwise errors that wrap ErrInvalidAnswer.
func (e *envelope) open(ciphertext, iv []byte) (Result, error) {
	if len(iv) != e.gcm.NonceSize() { // gcm.Open would panic
		return Result{}, errNotDecrypted
	}
	plaintext, err := e.gcm.Open(nil, iv, ciphertext, []byte(e.id))
	if err != nil {
		return Result{}, errNotDecrypted
	}
	var answer waMmsRetry.MediaRetryNotification
	if err = proto.Unmarshal(plaintext, &answer); err != nil {
		return Result{}, fmt.Errorf("%w: failed to unmarshal the decrypted answer: %w", ErrInvalidAnswer, err)
	}
	if answer.GetStanzaID() != e.id {
		return Result{}, fmt.Errorf("%w: encrypted part names another message", ErrInvalidAnswer)
	}
	return resultOf(int(answer.GetResult()), answer.GetDirectPath())
}

// resultOf returns the result of a decoded answer.
func resultOf(code int, directPath string) (Result, error) {
	result := Result{Status: statusOf(code)}
	if result.Status != Success {
		return result, nil
	}
	// whatsmeow does not download from other paths either
	if len(directPath) == 0 || directPath[0] != '/' {
		return Result{}, fmt.Errorf("%w: phone reported success without a direct path", ErrInvalidAnswer)
	}
	result.DirectPath = directPath
	return result, nil
}
