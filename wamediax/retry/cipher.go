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

// errNotDecrypted means that the answer is not one under the request's media key, or is damaged.
var errNotDecrypted = errors.New("it does not decrypt under the message's media key")

// envelope seals the request about one message and opens the answer to it. AES-256-GCM under a key made of the media key
// serves both ways, with the message's id as additional data (whatsmeow: mediaretry.go).
type envelope struct {
	id  types.MessageID
	gcm cipher.AEAD
}

func newEnvelope(id types.MessageID, mediaKey []byte) (*envelope, error) {
	key, err := hkdf.Key(sha256.New, mediaKey, nil, "WhatsApp Media Retry Notification", 32)
	if err != nil {
		return nil, fmt.Errorf("failed to derive the key of the request: %w", err)
	}
	gcm, err := gcmutil.Prepare(key)
	return &envelope{id: id, gcm: gcm}, err
}

// seal returns the encrypted part of a receipt.
func (e *envelope) seal() (ciphertext, iv []byte, err error) {
	plaintext, err := proto.Marshal(&waMmsRetry.ServerErrorReceipt{StanzaID: &e.id})
	if err != nil {
		return nil, nil, fmt.Errorf("failed to marshal the request: %w", err)
	}
	iv = make([]byte, e.gcm.NonceSize())
	_, _ = rand.Read(iv) // never fails
	return e.gcm.Seal(nil, iv, plaintext, []byte(e.id)), iv, nil
}

// open returns what the encrypted part of an answer says. The error is errNotDecrypted if it is not under the media key;
// every other error wraps ErrInvalidAnswer.
func (e *envelope) open(ciphertext, iv []byte) (Result, error) {
	if len(iv) != e.gcm.NonceSize() { // Open panics
		return Result{}, errNotDecrypted
	}
	plaintext, err := e.gcm.Open(nil, iv, ciphertext, []byte(e.id))
	if err != nil {
		return Result{}, errNotDecrypted
	}
	var answer waMmsRetry.MediaRetryNotification
	if err = proto.Unmarshal(plaintext, &answer); err != nil {
		return Result{}, fmt.Errorf("%w: failed to unmarshal what was decrypted: %w", ErrInvalidAnswer, err)
	}
	if answer.GetStanzaID() != e.id {
		return Result{}, fmt.Errorf("%w: it is about another message inside", ErrInvalidAnswer)
	}
	return resultOf(int(answer.GetResult()), answer.GetDirectPath())
}

// resultOf makes the result of an answer that has been understood.
func resultOf(code int, directPath string) (Result, error) {
	result := Result{Status: statusOf(code)}
	if result.Status != Success {
		return result, nil
	}
	if len(directPath) == 0 || directPath[0] != '/' { // whatsmeow does not download from anything else either
		return Result{}, fmt.Errorf("%w: it says success, but not under which path", ErrInvalidAnswer)
	}
	result.DirectPath = directPath
	return result, nil
}
