package chat

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// linkCode is what the server knows about a client's pairing code, which does not include the code.
type linkCode struct {
	phone   string // the number that the client asked for
	ref     []byte
	wrapped []byte // the client's ephemeral key, encrypted under the code
}

const (
	wrappedKeySize   = 32 + 16 + 32 // salt, initialization vector, key
	linkCodeRounds   = 2 << 16
	keyBundleKeyInfo = "link_code_pairing_key_bundle_encryption_key"
	advSecretInfo    = "adv_secret"
)

// clientDisplayName is the only form of a client's display name that WhatsApp accepts.
var clientDisplayName = regexp.MustCompile(`^[^()]+ \([^()]+\)$`)

// answerLinkCode handles the client's part of a pairing by code: its request for a code, and its
// answer after the phone has entered the code.
func (c *session) answerLinkCode(query *waBinary.Node) {
	reg := query.GetChildByTag("link_code_companion_reg")
	switch attrs := reg.AttrGetter(); attrs.OptionalString("stage") {
	case "companion_hello":
		c.startLinkCode(query, &reg)
	case "companion_finish":
		c.reply(query)
		c.pairing.take(reg)
	default:
		c.replyNotImplemented(query)
	}
}

func (c *session) startLinkCode(query, reg *waBinary.Node) {
	content := func(tag string) []byte {
		data, _ := reg.GetChildByTag(tag).Content.([]byte)
		return data
	}
	code := &linkCode{
		phone:   reg.AttrGetter().OptionalJIDOrEmpty("jid").User,
		ref:     []byte(hex.EncodeToString(randomBytes(16))),
		wrapped: content("link_code_pairing_wrapped_companion_ephemeral_pub"),
	}
	if code.phone == "" || len(code.wrapped) != wrappedKeySize || !clientDisplayName.Match(content("companion_platform_display")) ||
		!bytes.Equal(content("companion_server_auth_key_pub"), c.conn.Static) {
		c.replyError(query, 400, "bad-request")
		return
	}
	s := c.server
	s.mu.Lock()
	c.pairing.code = code
	// If several clients ask for the same number, the phone pairs the last one.
	s.pairings = append(slices.DeleteFunc(s.pairings, func(p *pairing) bool { return p == c.pairing }), c.pairing)
	s.mu.Unlock()
	c.reply(query, waBinary.Node{
		Tag:     "link_code_companion_reg",
		Attrs:   waBinary.Attrs{"stage": "companion_hello"},
		Content: []waBinary.Node{{Tag: "link_code_pairing_ref", Content: code.ref}},
	})
}

// EnterCode implements Server.EnterCode of wamediaxtest.
func (s *Service) EnterCode(ctx context.Context, phone, typed string) (types.JID, error) {
	number := onlyDigits(phone)
	code := strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(typed)), "-", "")
	if len(code) != 8 {
		return types.JID{}, errors.New("pairing code must have eight characters")
	}
	p, asked, err := s.startCode(number)
	if err != nil {
		return types.JID{}, err
	}
	jid := types.NewJID(number, types.DefaultUserServer)
	of, err := s.Accounts.Open(jid)
	if err != nil {
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	identity, err := ecdh.X25519().NewPrivateKey(privateKeyOf(of))
	if err != nil {
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	advSecret, err := p.agree(ctx, asked, code, identity)
	if err != nil {
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	return s.link(ctx, p, jid, advSecret)
}

func onlyDigits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

func privateKeyOf(of *account.Account) []byte {
	key := of.Phone.PrivateKey().Serialize()
	return key[:]
}

// startCode finds the client that last asked for a code for this number, and reserves it for the
// caller until link returns.
func (s *Service) startCode(number string) (*pairing, *linkCode, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Backward(s.pairings) {
		if p.code == nil || p.code.phone != number || p.state == paired || p.state == hungUp || p.session.ctx.Err() != nil {
			continue
		}
		if err := p.start(); err != nil {
			return nil, nil, err
		}
		return p, p.code, nil
	}
	return nil, nil, errors.New("no connected client has requested a code for this number")
}

// agree runs the key agreement of phone and client. It succeeds if both know the same code.
func (p *pairing) agree(ctx context.Context, asked *linkCode, code string, identity *ecdh.PrivateKey) ([]byte, error) {
	unwrapped, err := cryptUnderCode(code, asked.wrapped[:32], asked.wrapped[32:48], asked.wrapped[48:])
	if err != nil {
		return nil, err
	}
	theirs, err := ecdh.X25519().NewPublicKey(unwrapped)
	if err != nil {
		return nil, err
	}
	ours, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt, iv := randomBytes(32), randomBytes(16)
	wrapped, err := cryptUnderCode(code, salt, iv, ours.PublicKey().Bytes())
	if err != nil {
		return nil, err
	}
	err = p.send(waBinary.Node{
		Tag: "notification",
		Attrs: waBinary.Attrs{
			"type": "link_code_companion_reg", "from": types.ServerJID, "id": hex.EncodeToString(randomBytes(8)),
			"t": time.Now().Unix(),
		},
		Content: []waBinary.Node{{
			Tag:   "link_code_companion_reg",
			Attrs: waBinary.Attrs{"stage": "primary_hello"},
			Content: []waBinary.Node{
				{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: slices.Concat(salt, iv, wrapped)},
				{Tag: "primary_identity_pub", Content: identity.PublicKey().Bytes()},
				{Tag: "link_code_pairing_ref", Content: asked.ref},
			},
		}},
	})
	if err != nil {
		return nil, err
	}
	answer, err := p.answer(ctx)
	if err != nil {
		return nil, err
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	return p.openKeyBundle(answer, shared, identity)
}

// openKeyBundle decrypts the client's last part of the key agreement: both identity keys, and a
// part of the secret. If decryption fails, client and phone have used different codes.
func (p *pairing) openKeyBundle(answer *waBinary.Node, shared []byte, identity *ecdh.PrivateKey) ([]byte, error) {
	bundle, _ := answer.GetChildByTag("link_code_pairing_wrapped_key_bundle").Content.([]byte)
	if len(bundle) < 32+12 {
		return nil, errors.New("client's key bundle is too short")
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], keyBundleKeyInfo, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	keys, err := aead.Open(nil, bundle[32:44], bundle[44:], nil)
	if err != nil {
		return nil, errors.New("wrong pairing code")
	}
	if len(keys) != 3*32 || !bytes.Equal(keys[:32], p.keys.Identity) || !bytes.Equal(keys[32:64], identity.PublicKey().Bytes()) {
		return nil, errors.New("client's key bundle contains different identity keys")
	}
	companion, err := ecdh.X25519().NewPublicKey(p.keys.Identity)
	if err != nil {
		return nil, err
	}
	identityShared, err := identity.ECDH(companion)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, slices.Concat(shared, identityShared, keys[64:]), nil, advSecretInfo, 32)
}

// cryptUnderCode encrypts or decrypts a key; both are the same operation.
func cryptUnderCode(code string, salt, iv, data []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, linkCodeRounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	cipher.NewCTR(block, iv).XORKeyStream(out, data)
	return out, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
