package cdn

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"sync"
)

// tokenBook holds the auth tokens issued by media_conn.
type tokenBook struct {
	tokenLock sync.Mutex
	tokens    map[string]int // status of the response to the token; 0 if it is valid
}

// IssueToken returns a new auth token, valid until RefuseTokens. It contains characters that need
// escaping in a query.
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

// RefuseTokens implements Server.RefuseTokens of wamediaxtest.
func (b *tokenBook) RefuseTokens() {
	b.RefuseTokensWith(http.StatusUnauthorized)
}

// RefuseTokensWith implements Server.RefuseTokensWith of wamediaxtest.
func (b *tokenBook) RefuseTokensWith(status int) {
	b.tokenLock.Lock()
	defer b.tokenLock.Unlock()
	for token := range b.tokens {
		b.tokens[token] = status
	}
}

// checkToken returns 0 for a valid token, or the status of the response.
func (b *tokenBook) checkToken(token string) int {
	b.tokenLock.Lock()
	defer b.tokenLock.Unlock()
	status, issued := b.tokens[token]
	if !issued {
		return http.StatusUnauthorized
	}
	return status
}
