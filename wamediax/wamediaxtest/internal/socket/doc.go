// Package socket implements the server side of a client's websocket, below
// stanzas: frames, the Noise handshake, and the root key that whatsmeow trusts.
// It is independent of accounts.
package socket
