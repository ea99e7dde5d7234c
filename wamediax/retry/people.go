package retry

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
)

// people tells who is who: everyone may be named by a phone number or by a LID, and with or without a device.
type people struct {
	cli *whatsmeow.Client
	// known remembers who has been looked up, for a run over many messages. Nil: nothing is remembered.
	known map[types.JID]types.JID
}

// same returns one JID for all that name the same person: the phone number where it is known. Whatever is not a person, such
// as a group, is itself.
func (p people) same(ctx context.Context, jid types.JID) (types.JID, error) {
	jid = plain(jid)
	if jid.Server != types.HiddenUserServer {
		return jid, nil
	}
	if known, ok := p.known[jid]; ok {
		return known, nil
	}
	person, err := p.named(ctx, jid, types.AddressingModePN)
	if err == nil && p.known != nil {
		p.known[jid] = person
	}
	return person, err
}

// named returns the name that jid has in the given addressing mode, or jid if none is known.
func (p people) named(ctx context.Context, jid types.JID, mode types.AddressingMode) (types.JID, error) {
	jid = plain(jid)
	phone, lid := plain(p.cli.Store.GetJID()), plain(p.cli.Store.GetLID())
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
	other, err := p.cli.Store.GetAltJID(ctx, jid)
	if err != nil {
		return types.EmptyJID, fmt.Errorf("failed to look up the other name of %s: %w", jid, err)
	}
	if other.IsEmpty() {
		return jid, nil
	}
	return plain(other), nil
}

// plain returns jid without its device, and on the server that all accounts are on: those that are hosted for a business, and
// the addresses of old, are the same people as without that.
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
