package wamediaxtest

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

// noiseRoot is the root that clients of this process trust while a server is open, or a guest of another process's server.
// whatsmeow keeps the root's public key in a package variable, so all of them share one: the first that opens sets it, the
// last that closes puts the old one back.
var noiseRoot struct {
	sync.Mutex
	users  int            // servers and guests
	key    *ecc.ECKeyPair // nil for guests alone: the root is another process's
	public [32]byte
	saved  [32]byte // whatsmeow.WACertPubKey as it was before
}

var errOtherRoot = errors.New("this process trusts the root of another process's server for now: close its guests first")

// openNoiseRoot makes the process trust our root until closeNoiseRoot has been called as often, and returns the root's key.
func openNoiseRoot() (*ecc.ECKeyPair, error) {
	noiseRoot.Lock()
	defer noiseRoot.Unlock()
	if noiseRoot.users > 0 && noiseRoot.key == nil {
		return nil, errOtherRoot
	}
	if noiseRoot.users == 0 {
		key, err := ecc.GenerateKeyPair()
		if err != nil {
			return nil, fmt.Errorf("failed to make a root key: %w", err)
		}
		// libsignal makes its logger when it first needs one, which is a data race unless that happens here, under the lock.
		ecc.CalculateSignature(key.PrivateKey(), nil)
		noiseRoot.key = key
		trustNoiseRoot(key.PublicKey().PublicKey())
	}
	noiseRoot.users++
	return noiseRoot.key, nil
}

// joinNoiseRoot makes the process trust a server's root, which may be of another process, until closeNoiseRoot has been
// called as often.
func joinNoiseRoot(public [32]byte) error {
	noiseRoot.Lock()
	defer noiseRoot.Unlock()
	switch {
	case noiseRoot.users == 0:
		ecc.CalculateSignature(ecc.NewDjbECPrivateKey([32]byte{1}), nil) // for libsignal's logger, as above
		trustNoiseRoot(public)
	case noiseRoot.public != public:
		return errOtherRoot
	}
	noiseRoot.users++
	return nil
}

// trustNoiseRoot is for the first user. The lock is held.
func trustNoiseRoot(public [32]byte) {
	noiseRoot.public, noiseRoot.saved = public, whatsmeow.WACertPubKey
	whatsmeow.WACertPubKey = public
}

func closeNoiseRoot() {
	noiseRoot.Lock()
	defer noiseRoot.Unlock()
	noiseRoot.users--
	if noiseRoot.users == 0 {
		whatsmeow.WACertPubKey = noiseRoot.saved
		noiseRoot.key = nil
	}
}

// newNoiseIdentity makes a static key and the two certificates between it and the root.
func newNoiseIdentity(root *ecc.ECKeyPair) (*noiseIdentity, error) {
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
	intermediate, err := signNoiseCertificate(root, issuerPublic[:], issuerSerial, whatsmeow.WACertIssuerSerial)
	if err != nil {
		return nil, err
	}
	leaf, err := signNoiseCertificate(issuer, static.PublicKey().Bytes(), leafSerial, issuerSerial)
	if err != nil {
		return nil, err
	}
	chain, err := proto.Marshal(&waCert.CertChain{Leaf: leaf, Intermediate: intermediate})
	if err != nil {
		return nil, fmt.Errorf("failed to marshal the certificate chain: %w", err)
	}
	return &noiseIdentity{static: static, chain: chain}, nil
}

// signNoiseCertificate makes a certificate that is valid whatever the clock says.
func signNoiseCertificate(issuer *ecc.ECKeyPair, key []byte, serial, issuerSerial uint32) (*waCert.CertChain_NoiseCertificate, error) {
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
