package wamediaxtest_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// openDatabase opens a bot's own database, and closes it with the test.
func openDatabase(t testing.TB, file string) *sqlstore.Container {
	container, err := sqlstore.New(patience(t), "sqlite", "file:"+file+
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = container.Close() })
	return container
}

// ownClient makes a client as a program would, which disconnects with the test.
func ownClient(t testing.TB, srv *wamediaxtest.Server, device *store.Device) *whatsmeow.Client {
	cli := whatsmeow.NewClient(device, nil)
	cli.SetPreLoginHTTPClient(srv.HTTPClient())
	cli.SetWebsocketHTTPClient(srv.HTTPClient())
	cli.SetMediaHTTPClient(srv.HTTPClient())
	t.Cleanup(func() { srv.Disconnect(cli) })
	return cli
}

func unpairedClient(t testing.TB, srv *wamediaxtest.Server) *whatsmeow.Client {
	return ownClient(t, srv, openDatabase(t, filepath.Join(t.TempDir(), "bot.db")).NewDevice())
}

// codesOf connects the client and returns the QR codes that it shows.
func codesOf(t testing.TB, cli *whatsmeow.Client) []string {
	shown := eventsOf[*events.QR](t, cli)
	require.NoError(t, cli.Connect())
	return next(t, shown).Codes
}

// pairedClient is a client that has scanned in by itself and is logged in.
func pairedClient(t testing.TB, srv *wamediaxtest.Server, opts ...wamediaxtest.ClientOption) *whatsmeow.Client {
	cli := unpairedClient(t, srv)
	connected := eventsOf[*events.Connected](t, cli)
	_, err := srv.Scan(patience(t), codesOf(t, cli)[0], opts...)
	require.NoError(t, err)
	next(t, connected)
	return cli
}

func TestScannedClientIsPaired(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	success, connected := eventsOf[*events.PairSuccess](t, cli), eventsOf[*events.Connected](t, cli)
	qr, err := cli.GetQRChannel(patience(t))
	require.NoError(t, err)
	require.NoError(t, cli.Connect())
	item := next(t, qr)
	require.Equal(t, whatsmeow.QRChannelEventCode, item.Event)

	jid, err := srv.Scan(patience(t), item.Code)
	require.NoError(t, err)
	require.EqualValues(t, 1, jid.Device)
	evt := next(t, success)
	require.Equal(t, jid, evt.ID)
	require.Equal(t, "android", evt.Platform)
	require.Equal(t, whatsmeow.QRChannelSuccess, next(t, qr))
	next(t, connected)
	require.True(t, cli.IsLoggedIn())
	require.Equal(t, jid, cli.Store.GetJID())
	require.Equal(t, types.HiddenUserServer, cli.Store.GetLID().Server)
	_, err = internals(cli).QueryMediaConn(patience(t))
	require.NoError(t, err)
}

func TestScanningPhoneMayBeAnAccounts(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	first := newClient(t, srv)
	for device := uint16(2); device < 4; device++ {
		cli := pairedClient(t, srv, wamediaxtest.WithJID(phoneOf(first)))
		require.Equal(t, first.Store.GetJID().User, cli.Store.GetJID().User)
		require.Equal(t, device, cli.Store.GetJID().Device)
		require.Equal(t, first.Store.GetLID().User, cli.Store.GetLID().User)
		require.Equal(t, first.Store.Account.AccountSignatureKey, cli.Store.Account.AccountSignatureKey)
	}
	named := types.JID{User: "4915112345678", Device: 7, Server: types.DefaultUserServer}
	require.Equal(t, named, pairedClient(t, srv, wamediaxtest.WithJID(named)).Store.GetJID())
}

func TestEveryCodeThatIsShownCanBeScanned(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	codes := codesOf(t, cli)
	require.Len(t, codes, 6)
	connected := eventsOf[*events.Connected](t, cli)
	_, err := srv.Scan(patience(t), codes[5])
	require.NoError(t, err)
	next(t, connected)
	for _, code := range codes {
		_, err = srv.Scan(patience(t), code)
		require.ErrorContains(t, err, "already been scanned")
	}
}

func TestCodeThatIsWrongIsAnError(t *testing.T) {
	t.Parallel()
	srv, other := newServer(t), newServer(t)
	connected := make(chan struct{})
	cli := unpairedClient(t, srv)
	cli.AddEventHandler(func(evt any) {
		if _, ok := evt.(*events.Connected); ok {
			close(connected)
		}
	})
	code := codesOf(t, cli)[0]
	parts := strings.Split(code, ",")
	swapped := strings.Join([]string{parts[0], parts[2], parts[1], parts[3], parts[4]}, ",")
	for name, wrong := range map[string]struct{ code, want string }{
		"empty":         {"", "not a code"},
		"another text":  {"https://example.com/#a,b,c,d,e", "32 bytes"},
		"another ref":   {"2@unknown," + strings.Join(parts[1:], ","), "not belong to a client"},
		"a missing key": {strings.Join(parts[:3], ","), "not a code"},
		"other keys":    {swapped, "keys in the code differ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := srv.Scan(patience(t), wrong.code)
			require.ErrorContains(t, err, wrong.want)
		})
	}
	_, err := other.Scan(patience(t), code)
	require.ErrorContains(t, err, "not belong to a client of this server")
	_, err = srv.Scan(patience(t), code, wamediaxtest.WithJID(types.NewJID("1", types.GroupServer)))
	require.ErrorContains(t, err, "not a phone number")

	_, err = srv.Scan(patience(t), code)
	require.NoError(t, err, "the right one works nevertheless")
	<-connected
}

func TestCodeOfAClientThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	disconnected := eventsOf[*events.Disconnected](t, cli)
	code := codesOf(t, cli)[0]
	srv.DropConnections()
	next(t, disconnected)
	_, err := srv.Scan(patience(t), code)
	require.ErrorContains(t, err, "disconnected")

	newCodes := codesOf(t, cli) // the client may try again
	require.NotContains(t, newCodes, code)
}

func TestClientMayRefuseThePairing(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	accept := false
	cli.PrePairCallback = func(types.JID, string, string) bool { return accept }
	failed, connected := eventsOf[*events.PairError](t, cli), eventsOf[*events.Connected](t, cli)
	wanted := wamediaxtest.WithJID(types.JID{User: "4915112345678", Device: 3, Server: types.DefaultUserServer})
	_, err := srv.Scan(patience(t), codesOf(t, cli)[0], wanted)
	require.ErrorContains(t, err, "refused")
	next(t, failed)

	accept = true
	_, err = srv.Scan(patience(t), codesOf(t, cli)[0], wanted)
	require.NoError(t, err)
	next(t, connected)
}

// The secret is in the QR code alone: who knows the rest cannot pair the client.
func TestSecretOfTheCodeMustBeRight(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	failed := eventsOf[*events.PairError](t, cli)
	parts := strings.Split(codesOf(t, cli)[0], ",")
	parts[3] = parts[2]
	_, err := srv.Scan(patience(t), strings.Join(parts, ","))
	require.ErrorContains(t, err, "hmac-mismatch")
	require.ErrorIs(t, next(t, failed).Error, whatsmeow.ErrPairInvalidDeviceIdentityHMAC)
}

func TestScanEndsWithItsContext(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	disconnected := eventsOf[*events.Disconnected](t, cli)
	deciding, decide := make(chan struct{}), make(chan struct{})
	cli.PrePairCallback = func(types.JID, string, string) bool {
		close(deciding)
		<-decide
		return false
	}
	code := codesOf(t, cli)[0]
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-deciding
		cancel()
	}()
	_, err := srv.Scan(ctx, code)
	require.ErrorIs(t, err, context.Canceled)
	next(t, disconnected)
	close(decide)
}

func TestPairedClientSendsAndReceives(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	person := newClient(t, srv)
	bot := pairedClient(t, srv)
	toBot, toPerson := eventsOf[*events.Message](t, bot), eventsOf[*events.Message](t, person)
	sendText(t, person, phoneOf(bot), "!help")
	evt := nextText(t, toBot, "!help")
	require.Equal(t, person.Store.GetLID(), evt.Info.Sender)
	sendText(t, bot, evt.Info.Chat, "there is none")
	evt = nextText(t, toPerson, "there is none")
	require.Equal(t, bot.Store.GetLID(), evt.Info.Sender)
	require.Equal(t, bot.Store.GetJID(), evt.Info.SenderAlt)
}

func TestPairedClientStartsAgainFromItsDatabase(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	person := newClient(t, srv)
	file := filepath.Join(t.TempDir(), "bot.db")
	database := openDatabase(t, file)
	bot := ownClient(t, srv, database.NewDevice())
	connected, messages := eventsOf[*events.Connected](t, bot), eventsOf[*events.Message](t, bot)
	jid, err := srv.Scan(patience(t), codesOf(t, bot)[0])
	require.NoError(t, err)
	next(t, connected)
	sendText(t, person, jid.ToNonAD(), "first")
	nextText(t, messages, "first")

	for range 2 {
		srv.Disconnect(bot)
		require.NoError(t, database.Close())
		sendText(t, person, jid.ToNonAD(), "while the bot was away")
		database = openDatabase(t, file)
		device, err := database.GetDevice(patience(t), jid)
		require.NoError(t, err)
		bot = ownClient(t, srv, device)
		connected, messages = eventsOf[*events.Connected](t, bot), eventsOf[*events.Message](t, bot)
		require.NoError(t, bot.Connect())
		next(t, connected)
		nextText(t, messages, "while the bot was away")
		sendText(t, person, jid.ToNonAD(), "later")
		nextText(t, messages, "later")
	}
}

func TestClientWithNeitherDeviceNorKeysIsTurnedAway(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	cli.Store.SignedPreKey.Signature[0] ^= 1
	failures := eventsOf[*events.ConnectFailure](t, cli)
	require.NoError(t, cli.Connect())
	require.Contains(t, next(t, failures).Message, "pairing")
}

// A client that shows its codes when the server closes does not keep it from that.
func TestCloseWhileClientIsUnpaired(t *testing.T) {
	t.Parallel()
	srv := wamediaxtest.NewServer()
	cli := unpairedClient(t, srv)
	codes := codesOf(t, cli)
	srv.Disconnect(cli)
	srv.Close()
	_, err := srv.Scan(patience(t), codes[0])
	require.Error(t, err)
}
