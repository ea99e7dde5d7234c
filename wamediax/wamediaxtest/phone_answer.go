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

// PhoneAnswer is the answer of a phone. Set MediaKey and Result, and DirectPath for a success; or
// set only Error. Each of the other fields makes the answer wrong in one way.
type PhoneAnswer struct {
	// MediaKey encrypts the answer. With a key other than the message's, the client cannot decrypt
	// the answer.
	MediaKey []byte
	// Result is the result in the encrypted part.
	Result waMmsRetry.MediaRetryNotification_ResultType
	// DirectPath is the new path of the media.
	DirectPath string

	// Error is the code of a bare error, without an encrypted part. The codes are those of Result.
	Error int

	// MessageID, Chat and Participant replace those of the request. Participant also applies if the
	// request has none.
	MessageID         types.MessageID
	Chat, Participant types.JID
	// NoParticipant omits the participant.
	NoParticipant bool
	// StanzaID is the message ID in the encrypted part. Empty means the same as outside.
	StanzaID types.MessageID
	// From is the sender of the answer. Empty means the client's own account.
	From types.JID
	// Payload changes the plaintext before it is encrypted.
	Payload func([]byte) []byte
	// Encrypted changes the ciphertext and the initialization vector, which has 12 bytes.
	Encrypted func(ciphertext, iv []byte) ([]byte, []byte)
}

// Open decrypts the receipt with the message's media key. It returns an error if the key is wrong,
// or if the encrypted part names another message than the receipt.
func (req *PhoneRequest) Open(mediaKey []byte) error {
	return phone.OpenReceipt(req.Node, req.MessageID, mediaKey)
}

// Answer sends an answer to the device that asked: over the socket of the receipt, or over the
// device's current socket if that one has ended. An error means that the device is not connected.
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
