package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// SetStatusAudience sets who gets an account's status messages, which its clients send to
// types.StatusBroadcastJID. Accounts are named by their phone number or their LID. Without viewers,
// as in the beginning, these are the contacts in the client's own database
// (Store.Contacts.PutContactName), of which a new client has none. An error means that one of them
// has no account here.
func (s *Server) SetStatusAudience(account types.JID, viewers ...types.JID) error {
	if err := s.chat.Accounts.SetAudience(account, viewers); err != nil {
		return fmt.Errorf("wamediaxtest: failed to set a status audience: %w", err)
	}
	return nil
}
