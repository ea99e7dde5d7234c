package socket

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waWa6"
	wasocket "go.mau.fi/whatsmeow/socket"
	"google.golang.org/protobuf/proto"
)

// Identity is the server's identity in a handshake: its static key, and the certificate chain for
// it.
type Identity struct {
	static *ecdh.PrivateKey
	chain  []byte // marshalled waCert.CertChain
}

// handshake is the result of a handshake: the client's payload, and one cipher for each direction.
type handshake struct {
	hello      *waWa6.ClientPayload
	static     []byte // the client's static public key
	fromClient *noiseCipher
	toClient   *noiseCipher
}

// respond is the responder in Noise_XX_25519_AESGCM_SHA256 with WhatsApp's deviations: the prologue
// is the connection header, the empty payload of the first message is not part of the transcript
// (so no Noise library fits), and the server's payload is its certificate chain.
func (id *Identity) respond(frames *frameConn) (*handshake, error) {
	prologue, err := frames.readHeader()
	if err != nil {
		return nil, fmt.Errorf("failed to read connection header: %w", err)
	}
	state := newState(prologue)

	hello, err := readHandshake(frames)
	if err != nil {
		return nil, err
	}
	clientEphemeral, err := ecdh.X25519().NewPublicKey(hello.GetClientHello().GetEphemeral())
	if err != nil {
		return nil, fmt.Errorf("failed to read the client's ephemeral key: %w", err)
	}
	state.mixHash(clientEphemeral.Bytes())

	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("failed to make ephemeral key: %w", err)
	}
	state.mixHash(ephemeral.PublicKey().Bytes())
	if err = state.mixShared(ephemeral, clientEphemeral); err != nil {
		return nil, err
	}
	sealedStatic := state.seal(id.static.PublicKey().Bytes())
	if err = state.mixShared(id.static, clientEphemeral); err != nil {
		return nil, err
	}
	err = writeHandshake(frames, &waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ephemeral.PublicKey().Bytes(),
		Static:    sealedStatic,
		Payload:   state.seal(id.chain),
	}})
	if err != nil {
		return nil, err
	}

	finish, err := readHandshake(frames)
	if err != nil {
		return nil, err
	}
	static, err := state.open(finish.GetClientFinish().GetStatic())
	if err != nil {
		return nil, fmt.Errorf("failed to decrypt the client's static key: %w", err)
	}
	clientStatic, err := ecdh.X25519().NewPublicKey(static)
	if err != nil {
		return nil, fmt.Errorf("failed to read the client's static key: %w", err)
	}
	if err = state.mixShared(ephemeral, clientStatic); err != nil {
		return nil, err
	}
	payload, err := state.open(finish.GetClientFinish().GetPayload())
	if err != nil {
		return nil, fmt.Errorf("failed to decrypt the client's payload: %w", err)
	}
	done := &handshake{hello: &waWa6.ClientPayload{}, static: static}
	if err = proto.Unmarshal(payload, done.hello); err != nil {
		return nil, fmt.Errorf("failed to parse the client's payload: %w", err)
	}
	done.fromClient, done.toClient, err = state.split()
	return done, err
}

func readHandshake(frames *frameConn) (*waWa6.HandshakeMessage, error) {
	frame, err := frames.read()
	if err != nil {
		return nil, fmt.Errorf("failed to read handshake message: %w", err)
	}
	var msg waWa6.HandshakeMessage
	if err = proto.Unmarshal(frame, &msg); err != nil {
		return nil, fmt.Errorf("failed to parse handshake message: %w", err)
	}
	return &msg, nil
}

func writeHandshake(frames *frameConn, msg *waWa6.HandshakeMessage) error {
	data, err := proto.Marshal(msg)
	if err != nil {
		return fmt.Errorf("failed to marshal handshake message: %w", err)
	}
	return frames.write(data)
}

// state is the symmetric state of a handshake in progress.
type state struct {
	hash   []byte // transcript hash; it authenticates each ciphertext
	salt   []byte // the chaining key
	cipher *noiseCipher
}

func newState(prologue []byte) *state {
	// The pattern's name is exactly as long as a hash, so it is the initial value itself.
	name := []byte(wasocket.NoiseStartPattern)
	if len(name) != sha256.Size {
		panic("wamediaxtest: the Noise pattern's name no longer fills a hash")
	}
	state := &state{hash: name, salt: name}
	state.mixHash(prologue)
	return state
}

func (n *state) mixHash(data []byte) {
	h := sha256.New()
	h.Write(n.hash)
	h.Write(data)
	n.hash = h.Sum(nil)
}

// mixShared mixes the shared secret of own and peer into the key for the next ciphertexts.
func (n *state) mixShared(own *ecdh.PrivateKey, peer *ecdh.PublicKey) error {
	secret, err := own.ECDH(peer)
	if err != nil {
		return fmt.Errorf("failed to compute shared secret: %w", err)
	}
	salt, key, err := n.derive(secret)
	if err != nil {
		return err
	}
	n.salt = salt
	n.cipher, err = newNoiseCipher(key)
	return err
}

func (n *state) seal(plaintext []byte) []byte {
	ciphertext := n.cipher.seal(plaintext, n.hash)
	n.mixHash(ciphertext)
	return ciphertext
}

func (n *state) open(ciphertext []byte) ([]byte, error) {
	plaintext, err := n.cipher.open(ciphertext, n.hash)
	if err != nil {
		return nil, err
	}
	n.mixHash(ciphertext)
	return plaintext, nil
}

// split completes the handshake. The initiator, here the client, encrypts with the first key and
// decrypts with the second.
func (n *state) split() (fromClient, toClient *noiseCipher, err error) {
	first, second, err := n.derive(nil)
	if err != nil {
		return nil, nil, err
	}
	fromClient, err1 := newNoiseCipher(first)
	toClient, err2 := newNoiseCipher(second)
	return fromClient, toClient, errors.Join(err1, err2)
}

func (n *state) derive(secret []byte) (first, second []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, n.salt, "", 2*sha256.Size)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to derive keys: %w", err)
	}
	return out[:sha256.Size], out[sha256.Size:], nil
}

// noiseCipher is AES-256-GCM with one key. Its nonce is a message counter.
type noiseCipher struct {
	aead  cipher.AEAD
	count uint32
}

func newNoiseCipher(key []byte) (*noiseCipher, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("failed to make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("failed to make cipher: %w", err)
	}
	return &noiseCipher{aead: aead}, nil
}

func (c *noiseCipher) seal(plaintext, authenticated []byte) []byte {
	return c.aead.Seal(nil, c.nonce(), plaintext, authenticated)
}

func (c *noiseCipher) open(ciphertext, authenticated []byte) ([]byte, error) {
	return c.aead.Open(nil, c.nonce(), ciphertext, authenticated)
}

func (c *noiseCipher) nonce() []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint32(nonce[8:], c.count)
	c.count++
	return nonce
}
