package socket

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCert"
	"google.golang.org/protobuf/proto"
)

// root is the root key that this process's clients trust while it has an open server, or a guest of
// another process's server. whatsmeow has the root's public key in a package variable, so all of
// them share one: the first to open sets it, and the last to close restores the old value.
var root struct {
	sync.Mutex
	users  int            // servers and guests
	key    *ecc.ECKeyPair // nil if there are only guests: the root belongs to another process
	public [32]byte
	saved  [32]byte // previous value of whatsmeow.WACertPubKey
}

var errOtherRoot = errors.New("this process trusts the root of another process's server: close its guests first")

// OpenRoot makes the process trust our root until a matching CloseRoot, and returns the root's key.
func OpenRoot() (*ecc.ECKeyPair, error) {
	root.Lock()
	defer root.Unlock()
	if root.users > 0 && root.key == nil {
		return nil, errOtherRoot
	}
	if root.users == 0 {
		key, err := ecc.GenerateKeyPair()
		if err != nil {
			return nil, fmt.Errorf("failed to make root key: %w", err)
		}
		// libsignal creates its logger on first use, which is a data race unless it happens here,
		// under the lock.
		ecc.CalculateSignature(key.PrivateKey(), nil)
		root.key = key
		trustRoot(key.PublicKey().PublicKey())
	}
	root.users++
	return root.key, nil
}

// JoinRoot makes the process trust a server's root, possibly of another process, until a matching
// CloseRoot.
func JoinRoot(public [32]byte) error {
	root.Lock()
	defer root.Unlock()
	switch {
	case root.users == 0:
		// for libsignal's logger, as above
		ecc.CalculateSignature(ecc.NewDjbECPrivateKey([32]byte{1}), nil)
		trustRoot(public)
	case root.public != public:
		return errOtherRoot
	}
	root.users++
	return nil
}

// RootKey returns the public key of the root that the process trusts. A root must be open.
func RootKey() [32]byte {
	root.Lock()
	defer root.Unlock()
	return root.public
}

// trustRoot sets the root for the first user. The caller holds the lock.
func trustRoot(public [32]byte) {
	root.public, root.saved = public, whatsmeow.WACertPubKey
	whatsmeow.WACertPubKey = public
}

// CloseRoot undoes one OpenRoot or JoinRoot. The last one restores the root that the process
// trusted before.
func CloseRoot() {
	root.Lock()
	defer root.Unlock()
	root.users--
	if root.users == 0 {
		whatsmeow.WACertPubKey = root.saved
		root.key = nil
	}
}

// NewIdentity makes a static key, and the two certificates that link it to signer, the root.
func NewIdentity(signer *ecc.ECKeyPair) (*Identity, error) {
	static, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make static key: %w", err)
	}
	issuer, err := ecc.GenerateKeyPair()
	if err != nil {
		return nil, fmt.Errorf("failed to make intermediate key: %w", err)
	}
	const issuerSerial, leafSerial = whatsmeow.WACertIssuerSerial + 1, whatsmeow.WACertIssuerSerial + 2
	issuerPublic := issuer.PublicKey().PublicKey()
	intermediate, err := signCertificate(signer, issuerPublic[:], issuerSerial, whatsmeow.WACertIssuerSerial)
	if err != nil {
		return nil, err
	}
	leaf, err := signCertificate(issuer, static.PublicKey().Bytes(), leafSerial, issuerSerial)
	if err != nil {
		return nil, err
	}
	chain, err := proto.Marshal(&waCert.CertChain{Leaf: leaf, Intermediate: intermediate})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal certificate chain: %w", err)
	}
	return &Identity{static: static, chain: chain}, nil
}

// signCertificate makes a certificate that never expires.
func signCertificate(issuer *ecc.ECKeyPair, key []byte, serial, issuerSerial uint32) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial:       &serial,
		IssuerSerial: &issuerSerial,
		Key:          key,
		NotBefore:    proto.Uint64(0),
		NotAfter:     proto.Uint64(math.MaxUint32),
	})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal certificate: %w", err)
	}
	signature := ecc.CalculateSignature(issuer.PrivateKey(), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
}
