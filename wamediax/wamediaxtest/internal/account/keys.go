package account

import (
	"context"
	"encoding/binary"
	"fmt"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"
)

// Keys are the public keys with which other clients start a session with a device. They contain no
// one-time keys, which the protocol allows.
type Keys struct {
	Registration []byte // the id, of 4 bytes
	Identity     []byte
	SignedID     []byte // of 3 bytes
	Signed       []byte
	Signature    []byte
}

// AddPreKeys puts into a client's store the one-time keys that it would have published at an
// earlier login. Without them, whatsmeow generates and uploads 50 at the next login, which takes
// longer than the rest of the login.
func AddPreKeys(ctx context.Context, device *store.Device) error {
	for range whatsmeow.MinPreKeyCount {
		if _, err := device.PreKeys.GenOnePreKey(ctx); err != nil {
			return fmt.Errorf("failed to generate a prekey: %w", err)
		}
	}
	return nil
}

// KeysOfStore returns the public keys in a client's store.
func KeysOfStore(device *store.Device) *Keys {
	return &Keys{
		Registration: binary.BigEndian.AppendUint32(nil, device.RegistrationID),
		Identity:     device.IdentityKey.Pub[:],
		SignedID:     binary.BigEndian.AppendUint32(nil, device.SignedPreKey.KeyID)[1:],
		Signed:       device.SignedPreKey.Pub[:],
		Signature:    device.SignedPreKey.Signature[:],
	}
}

// Valid reports whether the keys have the right sizes, and the identity key has signed the other
// one.
func (k *Keys) Valid() bool {
	if len(k.Registration) != 4 || len(k.Identity) != 32 || len(k.SignedID) != 3 || len(k.Signed) != 32 || len(k.Signature) != 64 {
		return false
	}
	identity := ecc.NewDjbECPublicKey([32]byte(k.Identity))
	return ecc.VerifySignature(identity, append([]byte{ecc.DjbType}, k.Signed...), [64]byte(k.Signature))
}

// Nodes returns the keys as the service sends them to other clients.
func (k *Keys) Nodes() []waBinary.Node {
	return []waBinary.Node{
		{Tag: "registration", Content: k.Registration},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: k.Identity},
		{Tag: "skey", Content: []waBinary.Node{
			{Tag: "id", Content: k.SignedID},
			{Tag: "value", Content: k.Signed},
			{Tag: "signature", Content: k.Signature},
		}},
	}
}
