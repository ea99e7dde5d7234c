package chat

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// pairing is the socket of an unpaired client. The server's lock guards the fields that change.
type pairing struct {
	session *session
	keys    *account.Keys // the client's own
	refs    []string      // the first parts of its QR codes, which identify it

	state pairingState
	offer string    // the id of the stanza with the refs
	code  *linkCode // the last pairing code that the client asked for, or nil

	success string             // the id of the stanza that ends the pairing
	answers chan waBinary.Node // what the client answers to the phone
}

type pairingState int

const (
	unpaired pairingState = iota
	scanned               // a phone is pairing it
	paired
	hungUp // the socket has ended or is about to
)

// refCount is how many QR codes a client can show before it must connect again.
const refCount = 6

// offerPairing sends a client the refs for its QR codes.
func (c *session) offerPairing(hello *waWa6.ClientPayload) bool {
	data := hello.GetDevicePairingData()
	keys := &account.Keys{
		Registration: data.GetERegid(),
		Identity:     data.GetEIdent(),
		SignedID:     data.GetESkeyID(),
		Signed:       data.GetESkeyVal(),
		Signature:    data.GetESkeySig(),
	}
	if !keys.Valid() || !bytes.Equal(data.GetEKeytype(), []byte{ecc.DjbType}) {
		c.rejectLogin(400, "hello has neither a device nor keys for pairing")
		return false
	}
	p := &pairing{session: c, keys: keys, answers: make(chan waBinary.Node, 1)}
	refs := make([]waBinary.Node, refCount)
	for i := range refs {
		p.refs = append(p.refs, "2@"+base64.StdEncoding.EncodeToString(randomBytes(64)))
		refs[i] = waBinary.Node{Tag: "ref", Content: []byte(p.refs[i])}
	}
	s := c.server
	s.mu.Lock()
	p.offer = s.newID()
	s.pairings = append(s.pairings, p)
	s.mu.Unlock()
	c.pairing = p
	s.makeReachable(c)
	err := c.send(waBinary.Node{
		Tag:     "iq",
		Attrs:   waBinary.Attrs{"from": types.ServerJID, "id": p.offer, "type": "set"},
		Content: []waBinary.Node{{Tag: "pair-device", Content: refs}},
	})
	return err == nil
}

// newID returns an id for a stanza from the server.
func (s *Service) newID() string {
	return "server-" + strconv.FormatInt(s.lastID.Add(1), 10)
}

// pairingQueryHandlers is queryHandlers for clients that are not paired.
var pairingQueryHandlers = map[string]func(*session, *waBinary.Node){
	"w:p": (*session).answerNothing,
	"md":  (*session).answerLinkCode,
}

// takePairingAnswer handles the client's answers to queries from the server.
func (c *session) takePairingAnswer(answer *waBinary.Node) {
	c.server.mu.Lock()
	offer, success := c.pairing.offer, c.pairing.success
	c.server.mu.Unlock()
	switch answer.Attrs["id"] {
	case offer:
		c.establish()
	case success:
		c.pairing.take(*answer)
	}
}

func (p *pairing) take(answer waBinary.Node) {
	select {
	case p.answers <- answer:
	default: // an unexpected answer
	}
}

// Scan implements Server.Scan of wamediaxtest. jid names the account, or is empty.
func (s *Service) Scan(ctx context.Context, qr string, jid types.JID) (types.JID, error) {
	code, err := parseQR(qr)
	if err != nil {
		return types.JID{}, fmt.Errorf("failed to scan QR code: %w", err)
	}
	p, err := s.startScan(code)
	if err != nil {
		return types.JID{}, fmt.Errorf("failed to scan QR code: %w", err)
	}
	jid, err = s.link(ctx, p, jid, code.advSecret)
	if err != nil {
		return types.JID{}, fmt.Errorf("failed to pair device: %w", err)
	}
	return jid, nil
}

// qrCode is the content of a QR code.
type qrCode struct {
	ref                        string
	noise, identity, advSecret []byte
}

// parseQR reads a code of five parts, the last of which is the type of client. Older clients omit
// that part and the link in front.
func parseQR(qr string) (*qrCode, error) {
	if link, code, ok := strings.Cut(qr, "#"); ok && strings.HasPrefix(link, "https://wa.me/") {
		qr = code
	}
	parts := strings.Split(qr, ",")
	if len(parts) != 4 && len(parts) != 5 {
		return nil, errors.New("not a code for linking a device")
	}
	code := &qrCode{ref: parts[0]}
	for i, key := range []*[]byte{&code.noise, &code.identity, &code.advSecret} {
		var err error
		if *key, err = base64.StdEncoding.DecodeString(parts[i+1]); err != nil || len(*key) != 32 {
			return nil, errors.New("key in the code is not 32 bytes in base64")
		}
	}
	return code, nil
}

// startScan finds the client that shows the code, and reserves it for the caller until link
// returns.
func (s *Service) startScan(code *qrCode) (*pairing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pairings {
		if !slices.Contains(p.refs, code.ref) {
			continue
		}
		if err := p.start(); err != nil {
			return nil, err
		}
		if !bytes.Equal(code.noise, p.session.conn.Static) || !bytes.Equal(code.identity, p.keys.Identity) {
			p.state = unpaired
			return nil, errors.New("keys in the code differ from those of the client that requested it")
		}
		return p, nil
	}
	return nil, errors.New("code does not belong to a client of this server")
}

// start reserves the client for one phone. The lock is held.
func (p *pairing) start() error {
	switch {
	case p.state == scanned:
		return errors.New("another phone is already linking this client")
	case p.state == paired, p.state == hungUp, p.session.ctx.Err() != nil:
		return errors.New("code has already been scanned, or its client has disconnected")
	}
	p.state = scanned
	return nil
}

// link makes the client a device of jid's account. The secret proves to the client that the phone
// has seen its code.
func (s *Service) link(ctx context.Context, p *pairing, jid types.JID, advSecret []byte) (types.JID, error) {
	device, err := s.Accounts.Register(jid)
	if err != nil {
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	statement, err := device.Account.VouchFor(p.keys.Identity)
	if err == nil {
		err = p.sendSuccess(device, statement, advSecret)
	}
	if err != nil {
		s.Accounts.Deregister(device)
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	answer, err := p.answer(ctx)
	if err != nil { // the client may believe that it is paired; the server then refuses its login
		s.Accounts.Unlink(device)
		s.finish(p, hungUp)
		return types.JID{}, err
	}
	if refusal, ok := answer.GetOptionalChildByTag("error"); ok || answer.Attrs["type"] != "result" {
		s.Accounts.Deregister(device)
		s.finish(p, unpaired)
		attrs := refusal.AttrGetter()
		return types.JID{}, fmt.Errorf("client refused to pair: %d %s", attrs.OptionalInt("code"), attrs.OptionalString("text"))
	}
	if err = checkSignature(answer, statement, p.keys.Identity); err != nil {
		s.Accounts.Unlink(device)
		s.finish(p, unpaired)
		return types.JID{}, err
	}
	s.Accounts.Publish(device, p.keys)
	s.finish(p, paired)
	_ = p.session.end(waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": "515"}})
	return device.JID, nil
}

func (s *Service) finish(p *pairing, state pairingState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.state = state
}

// sendSuccess offers the client to become a device.
func (p *pairing) sendSuccess(device *account.Device, statement *waAdv.ADVSignedDeviceIdentity, advSecret []byte) error {
	details, err := proto.Marshal(statement)
	if err != nil {
		return fmt.Errorf("failed to marshal the phone's identity: %w", err)
	}
	mac := hmac.New(sha256.New, advSecret)
	mac.Write(details)
	container, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: details, HMAC: mac.Sum(nil)})
	if err != nil {
		return fmt.Errorf("failed to marshal the phone's identity: %w", err)
	}
	s := p.session.server
	s.mu.Lock()
	p.success = s.newID()
	id := p.success
	s.mu.Unlock()
	return p.send(waBinary.Node{
		Tag:   "iq",
		Attrs: waBinary.Attrs{"from": types.ServerJID, "id": id, "type": "set", "t": time.Now().Unix()},
		Content: []waBinary.Node{{Tag: "pair-success", Content: []waBinary.Node{
			{Tag: "device-identity", Content: container},
			{Tag: "device", Attrs: waBinary.Attrs{"jid": device.JID, "lid": device.LID}},
			{Tag: "platform", Attrs: waBinary.Attrs{"name": account.PhonePlatform}},
		}}},
	})
}

func (p *pairing) send(node waBinary.Node) error {
	if err := p.session.send(node); err != nil {
		return fmt.Errorf("client disconnected: %w", err)
	}
	return nil
}

// answer waits for the client's answer. If ctx ends first, it cuts the socket, because a late
// answer would look like the answer to something else.
func (p *pairing) answer(ctx context.Context) (*waBinary.Node, error) {
	select {
	case answer := <-p.answers:
		return &answer, nil
	case <-p.session.ctx.Done():
		return nil, errors.New("client disconnected during pairing")
	case <-ctx.Done():
		p.session.conn.CloseNow()
		return nil, ctx.Err()
	}
}

// checkSignature verifies that the client has signed the phone's statement with its identity key.
func checkSignature(answer *waBinary.Node, statement *waAdv.ADVSignedDeviceIdentity, identity []byte) error {
	data, _ := answer.GetChildByTag("pair-device-sign", "device-identity").Content.([]byte)
	var signed waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(data, &signed); err != nil {
		return fmt.Errorf("failed to unmarshal the client's signed identity: %w", err)
	}
	signature := signed.GetDeviceSignature()
	if len(signature) != 64 || !bytes.Equal(signed.GetDetails(), statement.GetDetails()) ||
		!ecc.VerifySignature(ecc.NewDjbECPublicKey([32]byte(identity)), account.CompanionSigns(statement, identity), [64]byte(signature)) {
		return errors.New("client's signature is invalid")
	}
	return nil
}
