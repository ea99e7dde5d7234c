// Package socket is WhatsApp's side of a client's websocket, below the
// stanzas: frames, the Noise handshake, and the root key that whatsmeow
// trusts. It knows nothing of accounts.
package socket
