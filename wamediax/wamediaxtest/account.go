package wamediaxtest

import (
	"fmt"
	"slices"
	"strconv"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/types"
)

// account is one phone number: what its companion devices have in common. The server's lock guards what changes.
type account struct {
	phone      *ecc.ECKeyPair // the identity of the phone, which vouches for its companions
	lid        types.JID
	name       string // the push name, with which its messages come
	companions []*companion
	askers     map[*companion]struct{} // devices that have asked for the account's devices, and remember the answer
}

// companion is one device of an account. The server's lock guards what changes.
type companion struct {
	account *account
	jid     types.JID
	lid     types.JID // with the device's number too

	keys     *deviceKeys // nil: the server does not have them yet, and does not tell of the device
	unlinked bool        // it was a companion once, and may not log in any more
	mailbox
}

const (
	defaultPushName = "wamediaxtest"
	phonePlatform   = "android"
)

// register finds or opens the account that jid belongs to and adds the device to it, or if its number is zero, a device with
// the next number.
func (s *Server) register(jid types.JID) (*companion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, jid, err := s.lockedAccount(jid)
	if err != nil {
		return nil, err
	}
	next := uint16(1)
	for _, other := range of.companions {
		if other.jid.Device == jid.Device {
			return nil, fmt.Errorf("%s has a client already", jid)
		}
		next = max(next, other.jid.Device+1)
	}
	if jid.Device == 0 {
		jid.Device = next
	}
	added := &companion{account: of, jid: jid, lid: of.lid}
	added.lid.Device = jid.Device
	of.companions = append(of.companions, added)
	return added, nil
}

// openAccount finds or opens the account of a phone number.
func (s *Server) openAccount(jid types.JID) (*account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, _, err := s.lockedAccount(jid)
	return of, err
}

// lockedAccount is openAccount under the lock. An empty JID becomes one with a new number.
func (s *Server) lockedAccount(jid types.JID) (*account, types.JID, error) {
	if jid.User == "" && jid.Server == "" {
		jid.User, jid.Server = freePhoneNumber(s.accounts), types.DefaultUserServer
	}
	if _, err := strconv.ParseUint(jid.User, 10, 64); err != nil || jid.Server != types.DefaultUserServer {
		return nil, jid, fmt.Errorf("%s is not a phone number's JID", jid)
	}
	if of := s.accounts[jid.User]; of != nil {
		return of, jid, nil
	}
	phone, err := ecc.GenerateKeyPair()
	if err != nil {
		return nil, jid, fmt.Errorf("failed to make an identity key: %w", err)
	}
	of := &account{
		phone:  phone,
		lid:    types.NewJID(fmt.Sprintf("2000%011d", len(s.accounts)+1), types.HiddenUserServer),
		name:   defaultPushName,
		askers: make(map[*companion]struct{}),
	}
	s.accounts[jid.User] = of
	return of, jid, nil
}

func freePhoneNumber(taken map[string]*account) string {
	for n := len(taken) + 1; ; n++ {
		if number := fmt.Sprintf("1555%07d", n); taken[number] == nil {
			return number
		}
	}
}

// deregister makes a device's number free that was never used.
func (s *Server) deregister(device *companion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := device.account
	of.companions = slices.DeleteFunc(of.companions, func(other *companion) bool { return other == device })
}

// accountOf finds an account by its phone number or its LID. The lock is held.
func (s *Server) accountOf(jid types.JID) *account {
	switch jid.Server {
	case types.DefaultUserServer:
		return s.accounts[jid.User]
	case types.HiddenUserServer:
		for _, account := range s.accounts {
			if account.lid.User == jid.User {
				return account
			}
		}
	}
	return nil
}

// companionOf finds a device by the phone number or the LID of its account. The lock is held.
func (s *Server) companionOf(jid types.JID) *companion {
	of := s.accountOf(jid)
	if of == nil {
		return nil
	}
	for _, device := range of.companions {
		if device.jid.Device == jid.Device {
			return device
		}
	}
	return nil
}

// as returns the JID by which the device is known on server: its LID, or its phone number.
func (d *companion) as(server string) types.JID {
	if server == types.HiddenUserServer {
		return d.lid
	}
	return d.jid
}
