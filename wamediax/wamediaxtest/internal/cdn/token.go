package cdn

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"sync"
)

// tokenBook knows the auth tokens that media_conn handed out.
type tokenBook struct {
	tokenLock sync.Mutex
	tokens    map[string]int // the HTTP status that refuses it; 0: valid
}

// IssueToken makes a new auth token, valid until RefuseTokens. It has characters that a query must
// escape.
func (b *tokenBook) IssueToken() string {
	raw := make([]byte, 33)
	_, _ = rand.Read(raw) // never fails
	random := base64.StdEncoding.EncodeToString(raw)
	token := random[:20] + "+/" + random[20:] + "="
	b.tokenLock.Lock()
	defer b.tokenLock.Unlock()
	if b.tokens == nil {
		b.tokens = make(map[string]int)
	}
	b.tokens[token] = 0
	return token
}

// RefuseTokens is Server.RefuseTokens of wamediaxtest.
func (b *tokenBook) RefuseTokens() {
	b.RefuseTokensWith(http.StatusUnauthorized)
}

// RefuseTokensWith is Server.RefuseTokensWith of wamediaxtest.
func (b *tokenBook) RefuseTokensWith(status int) {
	b.tokenLock.Lock()
	defer b.tokenLock.Unlock()
	for token := range b.tokens {
		b.tokens[token] = status
	}
}

// checkToken returns 0 for a valid token, and else the status of the refusal.
func (b *tokenBook) checkToken(token string) int {
	b.tokenLock.Lock()
	defer b.tokenLock.Unlock()
	status, issued := b.tokens[token]
	if !issued {
		return http.StatusUnauthorized
	}
	return status
}
