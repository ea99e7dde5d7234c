package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// SetStatusAudience sets who receives an account's status messages, which its clients send to
// types.StatusBroadcastJID. Accounts are phone numbers or LIDs. Without viewers, which is the
// default, the client sends its status to the contacts in its own database
// (Store.Contacts.PutContactName); a new client has none. An error means that one of the accounts
// is not on this server.
func (s *Server) SetStatusAudience(account types.JID, viewers ...types.JID) error {
	if err := s.chat.Accounts.SetAudience(account, viewers); err != nil {
		return fmt.Errorf("wamediaxtest: failed to set a status audience: %w", err)
	}
	return nil
}
