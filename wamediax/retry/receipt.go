package retry

import (
	"context"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receipt makes the stanza that asks the phone.
func (r *Requester) receipt(ctx context.Context, req Request, sealed *envelope) (waBinary.Node, error) {
	own := r.cli.Store.GetJID().ToNonAD()
	if own.IsEmpty() {
		return waBinary.Node{}, whatsmeow.ErrNotLoggedIn
	}
	mode := r.addressing
	if mode == "" && r.cli.Store.LIDMigrationTimestamp > 0 {
		mode = types.AddressingModeLID
	}
	who := people{cli: r.cli}
	chat, err := who.named(ctx, req.Chat, mode)
	if err != nil {
		return waBinary.Node{}, err
	}
	rmr := waBinary.Attrs{"jid": chat, "from_me": req.FromMe}
	if hasParticipants(chat) {
		participant := req.Participant
		if participant.IsEmpty() {
			participant = own
		}
		if rmr["participant"], err = who.named(ctx, participant, mode); err != nil {
			return waBinary.Node{}, err
		}
	}
	ciphertext, iv, err := sealed.seal()
	if err != nil {
		return waBinary.Node{}, err
	}
	return waBinary.Node{
		Tag:   "receipt",
		Attrs: waBinary.Attrs{"id": req.MessageID, "to": own, "type": "server-error"},
		Content: []waBinary.Node{
			{Tag: "encrypt", Content: []waBinary.Node{
				{Tag: "enc_p", Content: ciphertext},
				{Tag: "enc_iv", Content: iv},
			}},
			{Tag: "rmr", Attrs: rmr},
		},
	}, nil
}
