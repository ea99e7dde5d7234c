package wamediaxtest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

const guestVariable = "WAMEDIAXTEST_INVITATION"

func TestGuestOfAnotherProcessLoadsUpAndDown(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	invitation, err := srv.Invite(wamediaxtest.WithJID(types.NewJID("15550001", types.DefaultUserServer)))
	require.NoError(t, err)
	data, err := json.Marshal(invitation)
	require.NoError(t, err)
	for round := range 2 { // a program that is started again
		program := exec.CommandContext(patience(t), os.Args[0], "-test.run=^TestGuestProcess$")
		program.Env = append(os.Environ(), guestVariable+"="+string(data))
		out, err := program.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Len(t, srv.Requests(), 2*(round+1))
	}
}

// TestGuestProcess is what the test above starts as a process of its own. By itself it does
// nothing.
func TestGuestProcess(t *testing.T) {
	data := os.Getenv(guestVariable)
	if data == "" {
		t.Skip("this is one of another test's processes")
	}
	realRoot := whatsmeow.WACertPubKey
	var invitation wamediaxtest.Invitation
	require.NoError(t, json.Unmarshal([]byte(data), &invitation))
	guest, err := wamediaxtest.Accept(patience(t), invitation)
	require.NoError(t, err)
	require.Equal(t, "15550001", guest.Store.ID.User)
	resp, err := guest.Upload(patience(t), []byte("from afar"), whatsmeow.MediaImage)
	require.NoError(t, err)
	got, err := guest.Download(patience(t), &waE2E.ImageMessage{
		DirectPath: &resp.DirectPath, MediaKey: resp.MediaKey,
		FileSHA256: resp.FileSHA256, FileEncSHA256: resp.FileEncSHA256, FileLength: &resp.FileLength,
	})
	require.NoError(t, err)
	require.Equal(t, "from afar", string(got))

	require.Panics(t, func() { wamediaxtest.NewServer() }, "another root would shut the guest out")
	guest.Close()
	guest.Close()
	require.Equal(t, realRoot, whatsmeow.WACertPubKey)
	newServer(t)
}

func TestGuestsOfOneProcessAreDevicesOfOneAccount(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	jid := types.NewJID("15550002", types.DefaultUserServer)
	for device := range uint16(2) {
		jid.Device = device + 1
		invitation, err := srv.Invite(wamediaxtest.WithJID(jid))
		require.NoError(t, err)
		guest, err := wamediaxtest.Accept(patience(t), invitation)
		require.NoError(t, err)
		defer guest.Close()
		require.Equal(t, jid, *guest.Store.ID)
		_, err = guest.Upload(patience(t), []byte("from here"), whatsmeow.MediaImage)
		require.NoError(t, err)
	}
	_, err := srv.Invite(wamediaxtest.WithJID(jid))
	require.ErrorContains(t, err, "has a client already")
}

// The server learns a guest's keys from the guest.
func TestGuestSendsAndReceives(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	invitation, err := srv.Invite()
	require.NoError(t, err)
	guest, err := wamediaxtest.Accept(patience(t), invitation)
	require.NoError(t, err)
	defer guest.Close()
	cli := newClient(t, srv)
	toGuest, toClient := eventsOf[*events.Message](t, guest.Client), eventsOf[*events.Message](t, cli)
	sendText(t, cli, invitation.JID.ToNonAD(), "welcome")
	sendText(t, guest.Client, nextText(t, toGuest, "welcome").Info.Chat, "thanks")
	nextText(t, toClient, "thanks")
	srv.Disconnect(guest.Client)
}

func TestInvitationThatIsWrongIsAnError(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	good, err := srv.Invite()
	require.NoError(t, err)
	for name, spoil := range map[string]func(*wamediaxtest.Invitation){
		"empty":                  func(wrong *wamediaxtest.Invitation) { *wrong = wamediaxtest.Invitation{} },
		"a key too short":        func(wrong *wamediaxtest.Invitation) { wrong.PhoneKey = wrong.PhoneKey[:31] },
		"another process's root": func(wrong *wamediaxtest.Invitation) { wrong.NoiseRoot = make([]byte, 32) },
		"nobody there":           func(wrong *wamediaxtest.Invitation) { wrong.Address = "127.0.0.1:1" },
	} {
		t.Run(name, func(t *testing.T) {
			wrong := good
			spoil(&wrong)
			_, err := wamediaxtest.Accept(patience(t), wrong)
			require.Error(t, err)
		})
	}
	guest, err := wamediaxtest.Accept(patience(t), good)
	require.NoError(t, err)
	guest.Close()
}
