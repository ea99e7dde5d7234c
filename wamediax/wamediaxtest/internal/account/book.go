package account

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/types"
)

// Book holds the accounts of a service. Its methods may be called from any goroutine.
type Book struct {
	newID func() string // returns ids for the service's own stanzas

	mu          sync.Mutex
	accounts    map[string]*Account // by phone number
	groups      map[types.JID]*group
	newsletters map[types.JID]*newsletter
	verdicts    map[messageKey]Verdict // on messages that were accepted
}

// NewBook returns an empty book. newID returns ids for the service's own stanzas; it must not call
// the book.
func NewBook(newID func() string) *Book {
	return &Book{
		newID:       newID,
		accounts:    make(map[string]*Account),
		groups:      make(map[types.JID]*group),
		newsletters: make(map[types.JID]*newsletter),
		verdicts:    make(map[messageKey]Verdict),
	}
}

// Account is a phone number with its companion devices. The book's lock guards the fields that
// change.
type Account struct {
	Phone   *ecc.ECKeyPair // the phone's identity key, which signs its devices' keys
	PN      types.JID      // the phone number; empty if the account is in no book
	LID     types.JID
	name    atomic.Value // a string: the push name in its messages; read without the lock
	devices []*Device
	// devices that remember the account's devices, and hear of changes
	askers   map[*Device]struct{}
	audience []types.JID // who receives its status; nil means its contacts
}

// Device is a companion device of an account. The book's lock guards the fields that change.
type Device struct {
	Account *Account
	JID     types.JID
	LID     types.JID // with the device's number

	keys     *Keys // nil if the device has not published any; the book then hides it
	unlinked bool  // it was unlinked, and may not log in again
	received map[messageKey]struct{}
	mailbox
}

const (
	defaultPushName = "wamediaxtest"

	// PhonePlatform is what every phone runs.
	PhonePlatform = "android"
)

// New makes an account that is in no book yet.
func New(phone *ecc.ECKeyPair, lid types.JID) *Account {
	of := &Account{Phone: phone, LID: lid, askers: make(map[*Device]struct{})}
	of.name.Store(defaultPushName)
	return of
}

// Register adds a device to the account of jid, which it creates if necessary. Device 0 means the
// next free device number.
func (b *Book) Register(jid types.JID) (*Device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of, jid, err := b.lockedAccount(jid)
	if err != nil {
		return nil, err
	}
	next := uint16(1)
	for _, other := range of.devices {
		if other.JID.Device == jid.Device {
			return nil, fmt.Errorf("%s has a client already", jid)
		}
		next = max(next, other.JID.Device+1)
	}
	if jid.Device == 0 {
		jid.Device = next
	}
	added := &Device{Account: of, JID: jid, LID: of.LID, received: make(map[messageKey]struct{})}
	added.LID.Device = jid.Device
	of.devices = append(of.devices, added)
	return added, nil
}

// Open returns the account of a phone number, and creates it if necessary.
func (b *Book) Open(jid types.JID) (*Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of, _, err := b.lockedAccount(jid)
	return of, err
}

// lockedAccount is Open with the lock held. An empty JID becomes a JID with a new number.
func (b *Book) lockedAccount(jid types.JID) (*Account, types.JID, error) {
	if jid.User == "" && jid.Server == "" {
		jid.User, jid.Server = freePhoneNumber(b.accounts), types.DefaultUserServer
	}
	if _, err := strconv.ParseUint(jid.User, 10, 64); err != nil || jid.Server != types.DefaultUserServer {
		return nil, jid, fmt.Errorf("%s is not a phone number's JID", jid)
	}
	if of := b.accounts[jid.User]; of != nil {
		return of, jid, nil
	}
	phone, err := ecc.GenerateKeyPair()
	if err != nil {
		return nil, jid, fmt.Errorf("failed to make an identity key: %w", err)
	}
	of := New(phone, types.NewJID(fmt.Sprintf("2000%011d", len(b.accounts)+1), types.HiddenUserServer))
	of.PN = types.NewJID(jid.User, types.DefaultUserServer)
	b.accounts[jid.User] = of
	return of, jid, nil
}

func freePhoneNumber(taken map[string]*Account) string {
	for n := len(taken) + 1; ; n++ {
		if number := fmt.Sprintf("1555%07d", n); taken[number] == nil {
			return number
		}
	}
}

// Deregister removes a device that was never used, so that its number is free again.
func (b *Book) Deregister(device *Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := device.Account
	of.devices = slices.DeleteFunc(of.devices, func(other *Device) bool { return other == device })
}

// accountOf finds an account by its phone number or its LID. The lock is held.
func (b *Book) accountOf(jid types.JID) *Account {
	switch jid.Server {
	case types.DefaultUserServer:
		return b.accounts[jid.User]
	case types.HiddenUserServer:
		for _, account := range b.accounts {
			if account.LID.User == jid.User {
				return account
			}
		}
	}
	return nil
}

// deviceOf finds a device by the phone number or the LID of its account. The lock is held.
func (b *Book) deviceOf(jid types.JID) *Device {
	of := b.accountOf(jid)
	if of == nil {
		return nil
	}
	for _, device := range of.devices {
		if device.JID.Device == jid.Device {
			return device
		}
	}
	return nil
}

// Device finds a device by the phone number or the LID of its account, and returns nil if there is
// none.
func (b *Book) Device(jid types.JID) *Device {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.deviceOf(jid)
}

// Addressed reports whether to names a device or its whole account, by phone number or LID. device
// is the device's JID with the phone number.
func (b *Book) Addressed(to, device types.JID) bool {
	if to.Device != 0 && to.Device != device.Device {
		return false
	}
	if to.Server == types.HiddenUserServer {
		b.mu.Lock()
		defer b.mu.Unlock()
		account := b.accounts[device.User]
		return account != nil && account.LID.User == to.User
	}
	return to.User == device.User && to.Server == device.Server
}

// SameChat reports whether two JIDs name the same chat. A person has two of them.
func (b *Book) SameChat(one, other types.JID) bool {
	if one == other {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	account := b.accountOf(one)
	return account != nil && account == b.accountOf(other)
}

// Rename sets the account's push name.
func (a *Account) Rename(name string) {
	a.name.Store(name)
}

// reachable reports whether others can send to the device. The book's lock is held.
func (d *Device) reachable() bool {
	return d.keys != nil && !d.unlinked
}

// as returns the account's JID on server: its LID, or its phone number.
func (a *Account) as(server string) types.JID {
	if server == types.HiddenUserServer {
		return a.LID
	}
	return a.PN
}

// as returns the device's JID on server: its LID, or its phone number.
func (d *Device) as(server string) types.JID {
	if server == types.HiddenUserServer {
		return d.LID
	}
	return d.JID
}
