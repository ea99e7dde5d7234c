package wamediaxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// codeFor lets a client that shows its QR codes ask for a pairing code.
func codeFor(t testing.TB, cli *whatsmeow.Client, phone string) string {
	code, err := cli.PairPhone(patience(t), phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	require.NoError(t, err)
	return code
}

func TestEnteredCodePairs(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	connected, success := eventsOf[*events.Connected](t, cli), eventsOf[*events.PairSuccess](t, cli)
	codesOf(t, cli)
	code := codeFor(t, cli, "+1 555 123-4567")
	require.Regexp(t, `^\w{4}-\w{4}$`, code)
	jid, err := srv.EnterCode(patience(t), "1 (555) 1234567", code)
	require.NoError(t, err)
	require.Equal(t, "15551234567:1@s.whatsapp.net", jid.String())
	require.Equal(t, jid, next(t, success).ID)
	next(t, connected)

	person := newClient(t, srv)
	messages := eventsOf[*events.Message](t, cli)
	sendText(t, person, jid.ToNonAD(), "hello")
	nextText(t, messages, "hello")
}

func TestWrongCodeLeavesAnotherTry(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	connected := eventsOf[*events.Connected](t, cli)
	codesOf(t, cli)
	_, err := srv.EnterCode(patience(t), "15551234567", "ABCD-EFGH")
	require.ErrorContains(t, err, "no connected client")
	code := codeFor(t, cli, "15551234567")
	wrong := "ABCD-EFGH"
	require.NotEqual(t, wrong, code)

	_, err = srv.EnterCode(patience(t), "15551234567", wrong)
	require.ErrorContains(t, err, "wrong pairing code")
	_, err = srv.EnterCode(patience(t), "15551234567", "ABCD")
	require.ErrorContains(t, err, "eight characters")
	_, err = srv.EnterCode(patience(t), "15551234568", code)
	require.ErrorContains(t, err, "no connected client")
	require.True(t, cli.IsConnected())

	_, err = srv.EnterCode(patience(t), "15551234567", code)
	require.NoError(t, err)
	next(t, connected)
	_, err = srv.EnterCode(patience(t), "15551234567", code)
	require.ErrorContains(t, err, "no connected client")
}

func TestLastCodeCounts(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	first, second := unpairedClient(t, srv), unpairedClient(t, srv)
	connected := eventsOf[*events.Connected](t, second)
	codesOf(t, first)
	codesOf(t, second)
	codeFor(t, second, "15551234567")
	codeFor(t, first, "15551234567")
	code := codeFor(t, second, "15551234567")
	_, err := srv.EnterCode(patience(t), "15551234567", code)
	require.NoError(t, err)
	next(t, connected)
	require.Nil(t, first.Store.ID)
}

func TestCodeNeedsANameThatThePhoneCanShow(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	codesOf(t, cli)
	_, err := cli.PairPhone(patience(t), "15551234567", true, whatsmeow.PairClientChrome, "My Bot")
	require.ErrorIs(t, err, whatsmeow.ErrIQBadRequest)
}

// Both ways are open to a client, but whatsmeow has one secret only.
func TestQRCodesAreUselessAfterACodeWasEntered(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	cli := unpairedClient(t, srv)
	failed := eventsOf[*events.PairError](t, cli)
	codes := codesOf(t, cli)
	codeFor(t, cli, "15551234567")
	_, err := srv.EnterCode(patience(t), "15551234567", "ABCD-EFGH")
	require.Error(t, err)
	_, err = srv.Scan(patience(t), codes[0])
	require.ErrorContains(t, err, "hmac-mismatch")
	next(t, failed)
}
