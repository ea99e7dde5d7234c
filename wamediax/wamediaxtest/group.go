package wamediaxtest

import (
	"fmt"

	"go.mau.fi/whatsmeow/types"
)

// NewGroup opens a group of accounts, each named by its phone number or its LID, and returns the
// group's JID. The first member is the admin. The group names its members by their LIDs, as new
// groups of WhatsApp do; see [Server.NewPhoneNumberGroup] for the others. An error means that there
// are no members, or that one of them has no account here.
//
// A message to the group arrives at every device of every member except the one that it comes from.
// Clients tell the members their sender keys in the same message, as always; a device that has not
// got the key asks for another copy. Members hear of the group by events.JoinedGroup. The admin's
// client can add and remove members, every member can leave, and clients can open groups of their
// own: see CreateGroup, UpdateGroupParticipants, LeaveGroup, GetGroupInfo and GetJoinedGroups of
// whatsmeow's Client. Other changes of a group fail with error 501.
func (s *Server) NewGroup(members ...types.JID) (types.JID, error) {
	return s.newGroup(types.AddressingModeLID, members)
}

// NewPhoneNumberGroup is [Server.NewGroup] for a group that names its members by their phone
// numbers, as old groups do.
func (s *Server) NewPhoneNumberGroup(members ...types.JID) (types.JID, error) {
	return s.newGroup(types.AddressingModePN, members)
}

func (s *Server) newGroup(mode types.AddressingMode, members []types.JID) (types.JID, error) {
	jid, err := s.chat.Accounts.NewGroup("Group", mode, members)
	if err != nil {
		return types.JID{}, fmt.Errorf("wamediaxtest: failed to open a group: %w", err)
	}
	return jid, nil
}
