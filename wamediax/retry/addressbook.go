package retry

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
)

// addressBook resolves JIDs: a person may be addressed by phone number or LID, with or without a
// device.
type addressBook struct {
	cli *whatsmeow.Client
	// known caches lookups for a run over many messages. Nil disables the cache.
	known map[types.JID]types.JID
}

// same returns one JID for all JIDs of a person: the phone number if known. Other JIDs, such as
// groups, are returned unchanged.
func (a addressBook) same(ctx context.Context, jid types.JID) (types.JID, error) {
	jid = plain(jid)
	if jid.Server != types.HiddenUserServer {
		return jid, nil
	}
	if known, ok := a.known[jid]; ok {
		return known, nil
	}
	person, err := a.named(ctx, jid, types.AddressingModePN)
	if err == nil && a.known != nil {
		a.known[jid] = person
	}
	return person, err
}

// named returns jid in the given addressing mode, or jid itself if that is not known.
func (a addressBook) named(ctx context.Context, jid types.JID, mode types.AddressingMode) (types.JID, error) {
	jid = plain(jid)
	phone, lid := plain(a.cli.Store.GetJID()), plain(a.cli.Store.GetLID())
	switch {
	case mode == types.AddressingModeLID && jid.Server == types.DefaultUserServer:
		if jid == phone && !lid.IsEmpty() {
			return lid, nil
		}
	case mode == types.AddressingModePN && jid.Server == types.HiddenUserServer:
		if jid == lid && !phone.IsEmpty() {
			return phone, nil
		}
	default:
		return jid, nil
	}
	other, err := a.cli.Store.GetAltJID(ctx, jid)
	if err != nil {
		return types.EmptyJID, fmt.Errorf("failed to look up the phone number or LID of %s: %w", jid, err)
	}
	if other.IsEmpty() {
		return jid, nil
	}
	return plain(other), nil
}

// plain returns jid without its device, and with the standard server in place of legacy and hosted
// ones, which have the same users.
func plain(jid types.JID) types.JID {
	jid = jid.ToNonAD()
	switch jid.Server {
	case types.LegacyUserServer, types.HostedServer:
		jid.Server = types.DefaultUserServer
	case types.HostedLIDServer:
		jid.Server = types.HiddenUserServer
	}
	return jid
}
