package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// NewStore returns an in-memory database for a new device of the account, with the content that a
// real pairing leaves. The caller must close the container.
func (a *Account) NewStore(ctx context.Context, jid types.JID, log waLog.Logger) (*store.Device, *sqlstore.Container, error) {
	container, err := newContainer(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	device := container.NewDevice()
	if err = a.pair(ctx, device, jid); err != nil {
		return nil, nil, errors.Join(err, container.Close())
	}
	return device, container, nil
}

// newContainer makes an in-memory database. The data lives in its only connection, so that
// connection stays open as long as the database.
func newContainer(ctx context.Context, log waLog.Logger) (*sqlstore.Container, error) {
	tables, err := emptyDatabase()
	if err != nil {
		return nil, fmt.Errorf("failed to prepare a database: %w", err)
	}
	db, err := openMemory()
	if err != nil {
		return nil, err
	}
	err = withDriver(ctx, db, func(conn serializer) error { return conn.Deserialize(tables) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("failed to copy a database: %w", err), db.Close())
	}
	return sqlstore.NewWithDB(db, "sqlite", log.Sub("Database")), nil
}

// emptyDatabase returns a database with whatsmeow's tables, as bytes. Creating the tables takes 20
// times as long as copying them.
var emptyDatabase = sync.OnceValues(func() (tables []byte, err error) {
	ctx := context.Background()
	db, err := openMemory()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err = sqlstore.NewWithDB(db, "sqlite", waLog.Noop).Upgrade(ctx); err != nil {
		return nil, err
	}
	err = withDriver(ctx, db, func(conn serializer) error {
		tables, err = conn.Serialize()
		return err
	})
	return tables, err
})

func openMemory() (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("failed to open a database: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// serializer is implemented by the driver's connections.
type serializer interface {
	Serialize() ([]byte, error)
	Deserialize([]byte) error
}

// withDriver calls do with the driver's side of db's one connection.
func withDriver(ctx context.Context, db *sql.DB, do func(serializer) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error { return do(driver.(serializer)) })
}

// pair fills in device as whatsmeow does after a pairing.
func (a *Account) pair(ctx context.Context, device *store.Device, jid types.JID) error {
	identity, err := a.signDeviceIdentity(device)
	if err != nil {
		return err
	}
	lid := a.LID
	lid.Device = jid.Device
	device.ID, device.LID, device.Account = &jid, lid, identity
	device.Platform, device.PushName = PhonePlatform, a.name.Load().(string)
	if err = device.Save(ctx); err != nil {
		return fmt.Errorf("failed to save the device: %w", err)
	}
	if err = device.LIDs.PutLIDMapping(ctx, lid, jid); err != nil {
		return fmt.Errorf("failed to save the account's LID: %w", err)
	}
	err = device.Identities.PutIdentity(ctx, a.LID.SignalAddress().String(), a.Phone.PublicKey().PublicKey())
	if err != nil {
		return fmt.Errorf("failed to save the phone's identity: %w", err)
	}
	return nil
}

// signDeviceIdentity returns the statement that phone and companion belong together, signed by
// both.
func (a *Account) signDeviceIdentity(device *store.Device) (*waAdv.ADVSignedDeviceIdentity, error) {
	companion := device.IdentityKey.Pub[:]
	statement, err := a.VouchFor(companion)
	if err != nil {
		return nil, err
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*device.IdentityKey.Priv), CompanionSigns(statement, companion))
	statement.DeviceSignature = signature[:]
	return statement, nil
}

// VouchFor returns the phone's signed statement that the device with this identity key is its
// companion. The companion must sign it too.
func (a *Account) VouchFor(companion []byte) (*waAdv.ADVSignedDeviceIdentity, error) {
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID:     proto.Uint32(1),
		Timestamp: proto.Uint64(uint64(time.Now().Unix())),
		KeyIndex:  proto.Uint32(1),
	})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal the device's identity: %w", err)
	}
	phone := a.Phone.PublicKey().PublicKey()
	signature := ecc.CalculateSignature(a.Phone.PrivateKey(),
		slices.Concat(whatsmeow.AdvAccountSignaturePrefix, details, companion))
	return &waAdv.ADVSignedDeviceIdentity{
		Details:             details,
		AccountSignatureKey: phone[:],
		AccountSignature:    signature[:],
	}, nil
}

// CompanionSigns returns the bytes that a companion signs for its phone's statement.
func CompanionSigns(statement *waAdv.ADVSignedDeviceIdentity, companion []byte) []byte {
	return slices.Concat(whatsmeow.AdvDeviceSignaturePrefix, statement.GetDetails(), companion, statement.GetAccountSignatureKey())
}
