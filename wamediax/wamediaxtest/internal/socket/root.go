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

// root is the root that clients of this process trust while a server is open, or a guest of another
// process's server. whatsmeow keeps the root's public key in a package variable, so all of them
// share one: the first that opens sets it, the last that closes puts the old one back.
var root struct {
	sync.Mutex
	users  int            // servers and guests
	key    *ecc.ECKeyPair // nil for guests alone: the root is another process's
	public [32]byte
	saved  [32]byte // whatsmeow.WACertPubKey as it was before
}

var errOtherRoot = errors.New("this process trusts the root of another process's server for now: close its guests first")

// OpenRoot makes the process trust our root until CloseRoot has been called as often, and returns
// the root's key.
func OpenRoot() (*ecc.ECKeyPair, error) {
	root.Lock()
	defer root.Unlock()
	if root.users > 0 && root.key == nil {
		return nil, errOtherRoot
	}
	if root.users == 0 {
		key, err := ecc.GenerateKeyPair()
		if err != nil {
			return nil, fmt.Errorf("failed to make a root key: %w", err)
		}
		// libsignal makes its logger when it first needs one, which is a data race unless that
		// happens here, under the lock.
		ecc.CalculateSignature(key.PrivateKey(), nil)
		root.key = key
		trustRoot(key.PublicKey().PublicKey())
	}
	root.users++
	return root.key, nil
}

// JoinRoot makes the process trust a server's root, which may be of another process, until
// CloseRoot has been called as often.
func JoinRoot(public [32]byte) error {
	root.Lock()
	defer root.Unlock()
	switch {
	case root.users == 0:
		ecc.CalculateSignature(ecc.NewDjbECPrivateKey([32]byte{1}), nil) // for libsignal's logger, as above
		trustRoot(public)
	case root.public != public:
		return errOtherRoot
	}
	root.users++
	return nil
}

// RootKey returns the public key of the root that the process trusts, if it is open.
func RootKey() [32]byte {
	root.Lock()
	defer root.Unlock()
	return root.public
}

// trustRoot is for the first user. The lock is held.
func trustRoot(public [32]byte) {
	root.public, root.saved = public, whatsmeow.WACertPubKey
	whatsmeow.WACertPubKey = public
}

// CloseRoot undoes one OpenRoot or JoinRoot. After the last of them, the process trusts what it
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

// NewIdentity makes a static key and the two certificates between it and signer, the root.
func NewIdentity(signer *ecc.ECKeyPair) (*Identity, error) {
	static, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make a static key: %w", err)
	}
	issuer, err := ecc.GenerateKeyPair()
	if err != nil {
		return nil, fmt.Errorf("failed to make an intermediate key: %w", err)
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
		return nil, fmt.Errorf("failed to marshal the certificate chain: %w", err)
	}
	return &Identity{static: static, chain: chain}, nil
}

// signCertificate makes a certificate that is valid whatever the clock says.
func signCertificate(issuer *ecc.ECKeyPair, key []byte, serial, issuerSerial uint32) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial:       &serial,
		IssuerSerial: &issuerSerial,
		Key:          key,
		NotBefore:    proto.Uint64(0),
		NotAfter:     proto.Uint64(math.MaxUint32),
	})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal a certificate: %w", err)
	}
	signature := ecc.CalculateSignature(issuer.PrivateKey(), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
}
