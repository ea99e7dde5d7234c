package retry

import (
	"context"
	"maps"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receipt returns the receipt that asks the phone.
func (r *Requester) receipt(ctx context.Context, req Request, sealed *envelope) (waBinary.Node, error) {
	own := r.cli.Store.GetJID().ToNonAD()
	if own.IsEmpty() {
		return waBinary.Node{}, whatsmeow.ErrNotLoggedIn
	}
	if req.history != nil {
		return sealedReceipt(req.MessageID, own, sealed, waBinary.Attrs{"category": "peer"}, nil)
	}
	mode := r.addressing
	if mode == "" && r.cli.Store.LIDMigrationTimestamp > 0 {
		mode = types.AddressingModeLID
	}
	names := addressBook{cli: r.cli}
	chat, err := names.named(ctx, req.Chat, mode)
	if err != nil {
		return waBinary.Node{}, err
	}
	rmr := waBinary.Attrs{"jid": chat, "from_me": req.FromMe}
	if hasParticipants(chat) {
		participant := req.Participant
		if participant.IsEmpty() {
			participant = own
		}
		if rmr["participant"], err = names.named(ctx, participant, mode); err != nil {
			return waBinary.Node{}, err
		}
	}
	return sealedReceipt(req.MessageID, own, sealed, nil, []waBinary.Node{{Tag: "rmr", Attrs: rmr}})
}

// sealedReceipt returns a receipt to own's phone with the encrypted part and the given attributes
// and content.
func sealedReceipt(id types.MessageID, own types.JID, sealed *envelope, attrs waBinary.Attrs, content []waBinary.Node) (waBinary.Node, error) {
	ciphertext, iv, err := sealed.seal()
	if err != nil {
		return waBinary.Node{}, err
	}
	all := waBinary.Attrs{"id": id, "to": own, "type": "server-error"}
	maps.Copy(all, attrs)
	encrypted := waBinary.Node{Tag: "encrypt", Content: []waBinary.Node{
		{Tag: "enc_p", Content: ciphertext},
		{Tag: "enc_iv", Content: iv},
	}}
	return waBinary.Node{Tag: "receipt", Attrs: all, Content: append([]waBinary.Node{encrypted}, content...)}, nil
}
