package wamediaxtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

// newServer starts a server that ends with the test.
func newServer(t testing.TB, opts ...wamediaxtest.Option) *wamediaxtest.Server {
	srv := wamediaxtest.NewServer(opts...)
	t.Cleanup(srv.Close)
	return srv
}

// newClient logs a client in.
func newClient(t testing.TB, srv *wamediaxtest.Server, opts ...wamediaxtest.ClientOption) *whatsmeow.Client {
	cli, err := srv.NewClient(patience(t), opts...)
	require.NoError(t, err)
	return cli
}

// internals gives what whatsmeow asks over its socket, and does not export.
func internals(cli *whatsmeow.Client) *whatsmeow.DangerousInternalClient {
	//lint:ignore SA1019 the only way to a query of one's own
	return cli.DangerousInternals()
}

// patience is a context for what happens at once or has failed.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventsOf returns a channel on which cli's next events of type E come.
func eventsOf[E any](t testing.TB, cli *whatsmeow.Client) <-chan E {
	ch := make(chan E, 100)
	handler := cli.AddEventHandler(func(evt any) {
		if evt, ok := evt.(E); ok {
			ch <- evt
		}
	})
	t.Cleanup(func() { cli.RemoveEventHandler(handler) })
	return ch
}

func next[E any](t testing.TB, ch <-chan E) E {
	select {
	case evt := <-ch:
		return evt
	case <-patience(t).Done():
		var none E
		require.FailNowf(t, "nothing came", "%T", none)
		return none
	}
}

func TestClientHasPublishedKeysBeforeItLogsIn(t *testing.T) {
	cli := newClient(t, newServer(t))
	keys, err := cli.Store.PreKeys.UploadedPreKeyCount(t.Context())
	require.NoError(t, err)
	require.Equal(t, whatsmeow.MinPreKeyCount, keys, "whatsmeow generated more at the login")
}

func TestClientIsLoggedInAndPaired(t *testing.T) {
	t.Parallel()
	cli := newClient(t, newServer(t))

	require.True(t, cli.IsConnected())
	require.True(t, cli.IsLoggedIn())
	require.Equal(t, types.DefaultUserServer, cli.Store.ID.Server)
	require.EqualValues(t, 1, cli.Store.ID.Device)
	require.Equal(t, types.HiddenUserServer, cli.Store.LID.Server)
	require.NotNil(t, cli.Store.Account)

	// What a pairing leaves in the database is there as well.
	stored, err := cli.Store.Container.(*sqlstore.Container).GetDevice(patience(t), *cli.Store.ID)
	require.NoError(t, err)
	require.Equal(t, cli.Store.LID, stored.LID)
	phone, err := cli.Store.LIDs.GetPNForLID(patience(t), cli.Store.LID.ToNonAD())
	require.NoError(t, err)
	require.Equal(t, cli.Store.ID.ToNonAD(), phone)
}

func TestEveryClientIsAnAccountOfItsOwn(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	numbers, lids := map[string]bool{}, map[string]bool{}
	for _, jid := range []types.JID{
		{},
		types.NewJID("15550000003", types.DefaultUserServer), // as the server would have numbered the third
		{}, {},
		types.NewJID("4915112345678", types.DefaultUserServer),
		{},
	} {
		cli := newClient(t, srv, wamediaxtest.WithJID(jid))
		require.True(t, cli.IsLoggedIn())
		numbers[cli.Store.ID.User], lids[cli.Store.LID.User] = true, true
	}
	require.Len(t, numbers, 6)
	require.Len(t, lids, 6)
}

func TestManyClientsLogInAtOnce(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := srv.NewClient(patience(t))
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
}

func TestSecondDeviceSharesItsAccount(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	first := newClient(t, srv, wamediaxtest.WithJID(types.NewJID("4915112345678", types.DefaultUserServer)))
	require.Equal(t, "4915112345678:1@s.whatsapp.net", first.Store.ID.String())

	secondID := *first.Store.ID
	secondID.Device = 2
	second := newClient(t, srv, wamediaxtest.WithJID(secondID))
	require.Equal(t, secondID, *second.Store.ID)
	require.Equal(t, first.Store.LID.User, second.Store.LID.User)
	require.EqualValues(t, 2, second.Store.LID.Device)
	require.Equal(t, first.Store.Account.AccountSignatureKey, second.Store.Account.AccountSignatureKey)
}

func TestNewClientRefusesAJIDThatCannotBe(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	taken := newClient(t, srv).Store.ID

	_, err := srv.NewClient(patience(t), wamediaxtest.WithJID(*taken))
	require.ErrorContains(t, err, "has a client already")
	_, err = srv.NewClient(patience(t), wamediaxtest.WithJID(types.NewJID("123", types.GroupServer)))
	require.ErrorContains(t, err, "not a phone number")
	_, err = srv.NewClient(patience(t), wamediaxtest.WithJID(types.NewJID("abc", types.DefaultUserServer)))
	require.ErrorContains(t, err, "not a phone number")
}

func TestNewClientEndsWithItsContext(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	jid := wamediaxtest.WithJID(types.NewJID("4915112345678", types.DefaultUserServer))
	_, err := srv.NewClient(ctx, jid)
	require.ErrorIs(t, err, context.Canceled)
	newClient(t, srv, jid) // the number is still free
}

func TestServerTimeIsTheClientsOwn(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	before := time.Now()
	resp, err := cli.SendMessage(patience(t), types.NewJID("120363000000000000", types.NewsletterServer), textMessage("hello"))
	require.NoError(t, err)
	require.WithinDuration(t, before, resp.Timestamp, 5*time.Second)
}

func TestStanzasAreRecordedInOrder(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)
	before := srv.Nodes()
	require.NotEmpty(t, before)
	require.Equal(t, "iq", before[0].Tag)
	require.Equal(t, "encrypt", before[0].Attrs["xmlns"])

	require.NoError(t, cli.SendPresence(patience(t), types.PresenceAvailable))
	_, ok := internals(cli).SendKeepAlive(patience(t)) // answered after all that was sent before it
	require.True(t, ok)
	require.Condition(t, func() bool {
		for _, node := range srv.Nodes()[len(before):] {
			if node.Tag == "presence" && node.Attrs["type"] == "available" {
				return true
			}
		}
		return false
	})
}

var serverQuery = whatsmeow.DangerousInfoQuery{Type: "get", To: types.ServerJID}

func TestClientsOwnQueriesAreAnswered(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := newClient(t, srv)

	t.Run("keepalive", func(t *testing.T) {
		alive, goOn := internals(cli).SendKeepAlive(patience(t))
		require.True(t, alive)
		require.True(t, goOn)
	})
	t.Run("pre-key count", func(t *testing.T) {
		count, err := internals(cli).GetServerPreKeyCount(patience(t))
		require.NoError(t, err)
		require.GreaterOrEqual(t, count, whatsmeow.MinPreKeyCount)
	})
	t.Run("passive", func(t *testing.T) {
		require.NoError(t, cli.SetPassive(patience(t), true))
		require.NoError(t, cli.SetPassive(patience(t), false))
	})
	t.Run("privacy settings", func(t *testing.T) {
		settings, err := cli.TryFetchPrivacySettings(patience(t), true)
		require.NoError(t, err)
		require.Equal(t, types.PrivacySettingAll, settings.ReadReceipts)
	})
	t.Run("dirty bits", func(t *testing.T) {
		require.NoError(t, cli.MarkNotDirty(patience(t), "account_sync", time.Now()))
	})
}

func TestUnknownQueryIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	cli := newClient(t, newServer(t))
	query := serverQuery
	query.Namespace = "no:such:thing"
	query.Content = []waBinary.Node{{Tag: "whatever"}}
	_, err := internals(cli).SendIQ(patience(t), query)
	var iqErr *whatsmeow.IQError
	require.ErrorAs(t, err, &iqErr)
	require.Equal(t, 501, iqErr.Code)
	require.Equal(t, "feature-not-implemented", iqErr.Text)
}

func TestClientCanLogOut(t *testing.T) {
	t.Parallel()
	cli := newClient(t, newServer(t))
	require.NoError(t, cli.Logout(patience(t)))
	require.False(t, cli.IsConnected())
}
