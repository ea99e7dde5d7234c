// Package authority issues TLS certificates for every host name that a client
// asks for, under a root of its own.
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

// Authority signs a certificate for whatever host name a client asks for. It is made anew for every
// server and lives only in memory, so trusting it gives nothing away.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	hostKey     *ecdsa.PrivateKey // of every certificate that is issued

	mu     sync.Mutex
	issued map[string]*tls.Certificate // by host name
}

// New makes an authority with new keys.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make a key: %w", err)
	}
	hostKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make a key: %w", err)
	}
	template := certificateTemplate("wamediaxtest")
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("failed to sign a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("failed to parse a certificate: %w", err)
	}
	return &Authority{certificate: certificate, key: key, hostKey: hostKey, issued: make(map[string]*tls.Certificate)}, nil
}

// Certificate returns the root, which clients must trust.
func (a *Authority) Certificate() *x509.Certificate {
	return a.certificate
}

// Issue, the GetCertificate of a tls.Config, answers a TLS client with a certificate for the name
// that it asked for, or for the address it came to.
func (a *Authority) Issue(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err != nil {
			return nil, fmt.Errorf("failed to tell what the client connected to: %w", err)
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
		return nil, fmt.Errorf("failed to sign a certificate for %s: %w", name, err)
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
