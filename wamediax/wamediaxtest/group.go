package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// NewGroup creates a group and returns its JID. Members are phone numbers or LIDs; the first one is
// the admin. The group addresses its members by LID, as new WhatsApp groups do; see
// [Server.NewPhoneNumberGroup] for old ones. An error means that members is empty, or that a member
// has no account on this server.
//
// A message to the group arrives at every device of every member except the sending device. It
// carries the sender's key, encrypted for each device that the sender knows. A device that cannot
// decrypt the message asks the sender for another copy, as in real life.
//
// The members' clients dispatch an events.JoinedGroup. The admin's client may add and remove
// members (UpdateGroupParticipants), every member may leave (LeaveGroup), and every client may
// create groups (CreateGroup) and ask about them (GetGroupInfo, GetJoinedGroups). Other group
// queries get error 501.
func (s *Server) NewGroup(members ...types.JID) (types.JID, error) {
	return s.newGroup(types.AddressingModeLID, members)
}

// NewPhoneNumberGroup is [Server.NewGroup] for a group that addresses its members by phone number,
// as old WhatsApp groups do.
func (s *Server) NewPhoneNumberGroup(members ...types.JID) (types.JID, error) {
	return s.newGroup(types.AddressingModePN, members)
}

func (s *Server) newGroup(mode types.AddressingMode, members []types.JID) (types.JID, error) {
	jid, err := s.chat.Accounts.NewGroup("Group", mode, members)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to create a group: %w", err)
	}
	return jid, nil
}
