// Package authority issues TLS certificates for any host name, signed by its
// own root.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// Authority signs certificates for any host name. Every server makes a new one and keeps it only in
// memory, so trusting it is harmless.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	hostKey     *ecdsa.PrivateKey // shared by all issued certificates

	mu     sync.Mutex
	issued map[string]*tls.Certificate // by host name
}

// New returns an authority with new keys.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make root key: %w", err)
	}
	hostKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make host key: %w", err)
	}
	template := certificateTemplate("wamediaxtest")
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("failed to sign root certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("failed to parse root certificate: %w", err)
	}
	return &Authority{certificate: certificate, key: key, hostKey: hostKey, issued: make(map[string]*tls.Certificate)}, nil
}

// Certificate returns the root, which clients must trust.
func (a *Authority) Certificate() *x509.Certificate {
	return a.certificate
}

// Issue is for tls.Config.GetCertificate. It returns a certificate for the requested name, or for
// the address that the client connected to.
func (a *Authority) Issue(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err != nil {
			return nil, fmt.Errorf("failed to parse local address: %w", err)
		}
		name = host
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if certificate, ok := a.issued[name]; ok {
		return certificate, nil
	}
	template := certificateTemplate(name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.hostKey.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("failed to sign certificate for %s: %w", name, err)
	}
	certificate := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.hostKey}
	a.issued[name] = certificate
	return certificate, nil
}

func certificateTemplate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.Add(365 * 24 * time.Hour),
		BasicConstraintsValid: true,
	}
}
