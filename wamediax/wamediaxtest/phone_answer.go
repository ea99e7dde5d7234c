package wamediaxtest

import (
	"cmp"
	"fmt"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/phone"
)

// PhoneAnswer is what a phone answers. Set MediaKey and Result, and DirectPath for a success, or
// Error alone; every other field makes the answer wrong in one way.
type PhoneAnswer struct {
	// MediaKey encrypts the answer: the message's, or another one that the client cannot decrypt it
	// with.
	MediaKey []byte
	// Result is what the encrypted part says.
	Result waMmsRetry.MediaRetryNotification_ResultType
	// DirectPath is where the media is now.
	DirectPath string

	// Error is the code of a bare error, without an encrypted part. Codes are numbered as results
	// are.
	Error int

	// MessageID, Chat and Participant are named instead of those of the request: another message,
	// or the same one under other names. A Participant is named even if the request has none.
	MessageID         types.MessageID
	Chat, Participant types.JID
	// NoParticipant leaves the request's participant out.
	NoParticipant bool
	// StanzaID is the message id in the encrypted part, where it differs from the one outside.
	StanzaID types.MessageID
	// From is who sends the answer. Empty: the client's own account.
	From types.JID
	// Payload changes the plaintext of the encrypted part before it is encrypted.
	Payload func([]byte) []byte
	// Encrypted changes the encrypted part: the ciphertext, and the initialization vector of 12
	// bytes.
	Encrypted func(ciphertext, iv []byte) ([]byte, []byte)
}

// Open decrypts the receipt with the message's media key. It returns an error if that is not the
// key, or if the receipt is about another message inside than outside.
func (req *PhoneRequest) Open(mediaKey []byte) error {
	return phone.OpenReceipt(req.Node, req.MessageID, mediaKey)
}

// Answer sends an answer to the device that asked: over the socket that the receipt came by, or if
// that is gone, over the one that the device has now. An error means that it has none.
func (req *PhoneRequest) Answer(answer PhoneAnswer) error {
	node, err := req.answerNode(answer)
	if err != nil {
		return fmt.Errorf("wamediaxtest: failed to make the phone's answer: %w", err)
	}
	if err = req.receipt.Reply(node); err != nil {
		return fmt.Errorf("wamediaxtest: failed to send the phone's answer: %w", err)
	}
	return nil
}

func (req *PhoneRequest) answerNode(answer PhoneAnswer) (waBinary.Node, error) {
	id := cmp.Or(answer.MessageID, req.MessageID)
	rmr := waBinary.Attrs{"jid": cmp.Or(answer.Chat, req.Chat, req.Client.ToNonAD()), "from_me": req.FromMe || req.History}
	participant := cmp.Or(answer.Participant, req.Participant)
	if !participant.IsEmpty() && !answer.NoParticipant {
		rmr["participant"] = participant
	}
	node := waBinary.Node{
		Tag: "notification",
		Attrs: waBinary.Attrs{
			"id":   id,
			"from": cmp.Or(answer.From, req.Client.ToNonAD()),
			"type": "mediaretry",
			"t":    time.Now().Unix(),
		},
	}
	content := waBinary.Node{Tag: "error", Attrs: waBinary.Attrs{"code": answer.Error}}
	if answer.Error == 0 {
		var err error
		if content, err = answer.encrypt(id); err != nil {
			return waBinary.Node{}, err
		}
	}
	node.Content = []waBinary.Node{{Tag: "rmr", Attrs: rmr}, content}
	return node, nil
}

// encrypt makes the encrypted part of an answer about the message id.
func (answer PhoneAnswer) encrypt(id types.MessageID) (waBinary.Node, error) {
	notification := &waMmsRetry.MediaRetryNotification{
		StanzaID: proto.String(cmp.Or(answer.StanzaID, id)),
		Result:   answer.Result.Enum(),
	}
	if answer.DirectPath != "" {
		notification.DirectPath = proto.String(answer.DirectPath)
	}
	plaintext, err := proto.Marshal(notification)
	if err != nil {
		return waBinary.Node{}, err
	}
	if answer.Payload != nil {
		plaintext = answer.Payload(plaintext)
	}
	ciphertext, iv, err := phone.Seal(plaintext, id, answer.MediaKey)
	if err != nil {
		return waBinary.Node{}, err
	}
	if answer.Encrypted != nil {
		ciphertext, iv = answer.Encrypted(ciphertext, iv)
	}
	return phone.Encrypted(ciphertext, iv), nil
}
