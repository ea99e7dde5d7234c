package wamediaxtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// account is one phone number: what its companion devices have in common.
type account struct {
	phone   *ecc.ECKeyPair // the identity of the phone, which vouches for its companions
	lid     types.JID
	devices []uint16
}

// newDevice pairs a new device of the account: afterwards its database holds what a real pairing leaves there.
func newDevice(ctx context.Context, jid types.JID, account *account, log waLog.Logger) (*store.Device, *sqlstore.Container, error) {
	container, err := newContainer(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	device := container.NewDevice()
	if err = pair(ctx, device, jid, account); err != nil {
		return nil, nil, errors.Join(err, container.Close())
	}
	return device, container, nil
}

// register finds or opens the account that jid belongs to and adds the device to it.
func (s *Server) register(jid types.JID) (types.JID, *account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := len(s.accounts) + 1
	if jid.IsEmpty() {
		jid = types.NewJID(freePhoneNumber(s.accounts), types.DefaultUserServer)
	}
	if _, err := strconv.ParseUint(jid.User, 10, 64); err != nil || jid.Server != types.DefaultUserServer {
		return jid, nil, fmt.Errorf("%s is not a phone number's JID", jid)
	}
	jid.Device = max(jid.Device, 1)
	known := s.accounts[jid.User]
	if known == nil {
		phone, err := ecc.GenerateKeyPair()
		if err != nil {
			return jid, nil, fmt.Errorf("failed to make an identity key: %w", err)
		}
		known = &account{phone: phone, lid: types.NewJID(fmt.Sprintf("2000%011d", number), types.HiddenUserServer)}
		s.accounts[jid.User] = known
	}
	if slices.Contains(known.devices, jid.Device) {
		return jid, nil, fmt.Errorf("%s has a client already", jid)
	}
	known.devices = append(known.devices, jid.Device)
	return jid, known, nil
}

func freePhoneNumber(taken map[string]*account) string {
	for n := len(taken) + 1; ; n++ {
		if number := fmt.Sprintf("1555%07d", n); taken[number] == nil {
			return number
		}
	}
}

// newContainer makes a database in memory. It lives in its one connection, which is therefore never closed before the rest.
func newContainer(ctx context.Context, log waLog.Logger) (*sqlstore.Container, error) {
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("failed to open a database: %w", err)
	}
	db.SetMaxOpenConns(1)
	container := sqlstore.NewWithDB(db, "sqlite", log.Sub("Database"))
	if err = container.Upgrade(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("failed to prepare a database: %w", err), container.Close())
	}
	return container, nil
}

// pair does to device what whatsmeow does when the phone has scanned its code.
func pair(ctx context.Context, device *store.Device, jid types.JID, account *account) error {
	identity, err := signDeviceIdentity(device, account)
	if err != nil {
		return err
	}
	lid := account.lid
	lid.Device = jid.Device
	device.ID, device.LID, device.Account = &jid, lid, identity
	device.Platform, device.PushName = "android", "wamediaxtest"
	if err = device.Save(ctx); err != nil {
		return fmt.Errorf("failed to save the device: %w", err)
	}
	if err = device.LIDs.PutLIDMapping(ctx, lid, jid); err != nil {
		return fmt.Errorf("failed to save the account's LID: %w", err)
	}
	err = device.Identities.PutIdentity(ctx, account.lid.SignalAddress().String(), account.phone.PublicKey().PublicKey())
	if err != nil {
		return fmt.Errorf("failed to save the phone's identity: %w", err)
	}
	return nil
}

// signDeviceIdentity makes the statement of phone and companion that they belong together.
func signDeviceIdentity(device *store.Device, account *account) (*waAdv.ADVSignedDeviceIdentity, error) {
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID:     proto.Uint32(1),
		Timestamp: proto.Uint64(uint64(time.Now().Unix())),
		KeyIndex:  proto.Uint32(1),
	})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal the device's identity: %w", err)
	}
	phone := account.phone.PublicKey().PublicKey()
	companion := device.IdentityKey.Pub[:]
	byPhone := ecc.CalculateSignature(account.phone.PrivateKey(),
		slices.Concat(whatsmeow.AdvAccountSignaturePrefix, details, companion))
	byCompanion := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*device.IdentityKey.Priv),
		slices.Concat(whatsmeow.AdvDeviceSignaturePrefix, details, companion, phone[:]))
	return &waAdv.ADVSignedDeviceIdentity{
		Details:             details,
		AccountSignatureKey: phone[:],
		AccountSignature:    byPhone[:],
		DeviceSignature:     byCompanion[:],
	}, nil
}
