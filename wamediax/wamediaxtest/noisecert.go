package wamediaxtest

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"math"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCert"
	"google.golang.org/protobuf/proto"
)

// noiseRoot is the root that clients of this process trust while a server is open. whatsmeow keeps the root's public key in
// a package variable, so all servers share one: the first that opens sets it, the last that closes puts the old one back.
var noiseRoot struct {
	sync.Mutex
	servers int
	key     *ecc.ECKeyPair
	saved   [32]byte // whatsmeow.WACertPubKey as it was before
}

// openNoiseRoot makes the process trust our root until closeNoiseRoot has been called as often, and returns the root's key.
func openNoiseRoot() (*ecc.ECKeyPair, error) {
	noiseRoot.Lock()
	defer noiseRoot.Unlock()
	if noiseRoot.servers == 0 {
		key, err := ecc.GenerateKeyPair()
		if err != nil {
			return nil, fmt.Errorf("failed to make a root key: %w", err)
		}
		// libsignal makes its logger when it first needs one, which is a data race unless that happens here, under the lock.
		ecc.CalculateSignature(key.PrivateKey(), nil)
		noiseRoot.key = key
		noiseRoot.saved = whatsmeow.WACertPubKey
		whatsmeow.WACertPubKey = key.PublicKey().PublicKey()
	}
	noiseRoot.servers++
	return noiseRoot.key, nil
}

func closeNoiseRoot() {
	noiseRoot.Lock()
	defer noiseRoot.Unlock()
	noiseRoot.servers--
	if noiseRoot.servers == 0 {
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
