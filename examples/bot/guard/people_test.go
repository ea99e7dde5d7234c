package guard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"go.uber.org/goleak"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ownPhone   = types.JID{User: "15550000001", Device: 7, Server: types.DefaultUserServer}
	annPhone   = types.NewJID("15551234567", types.DefaultUserServer)
	annLID     = types.NewJID("900000000002", types.HiddenUserServer)
	bobPhone   = types.NewJID("15557654321", types.DefaultUserServer)
	bobLID     = types.NewJID("900000000003", types.HiddenUserServer)
	annLIDOnly = types.NewJID("900000000004", types.HiddenUserServer) // only the store knows its phone number
	group      = types.NewJID("120363000000000000", types.GroupServer)
)

func TestOnlyAllowedPeopleAreObeyed(t *testing.T) {
	srv := wamediaxtest.NewServer()
	t.Cleanup(srv.Close)
	cli, err := srv.NewClient(t.Context(), wamediaxtest.WithJID(ownPhone))
	require.NoError(t, err)
	require.NoError(t, cli.Store.LIDs.PutLIDMapping(t.Context(), annLIDOnly, annPhone))
	started := time.Now()
	obeys := func(people People, evt *events.Message) bool {
		ok, err := people.Obey(t.Context(), cli.Store, started, evt)
		require.NoError(t, err)
		return ok
	}
	people := People{annPhone.User: true}
	for name, c := range map[string]struct {
		chat, sender, alt types.JID
		change            func(*events.Message)
		want              bool
	}{
		"Ann":                                {chat: annPhone, sender: annPhone, want: true},
		"Ann from a companion device":        {chat: annPhone, sender: types.JID{User: annPhone.User, Device: 3, Server: types.DefaultUserServer}, want: true},
		"Ann by her LID, with her number":    {chat: annLID, sender: annLID, alt: annPhone, want: true},
		"Ann by her number, with her LID":    {chat: annPhone, sender: annPhone, alt: annLID, want: true},
		"Ann by a LID in the store":          {chat: annLIDOnly, sender: annLIDOnly, want: true},
		"the same from another device":       {chat: annLIDOnly, sender: types.JID{User: annLIDOnly.User, Device: 3, Server: types.HiddenUserServer}, want: true},
		"Ann in a group":                     {chat: group, sender: annPhone, want: true},
		"Ann in a group, by her LID":         {chat: group, sender: annLID, alt: annPhone, want: true},
		"a stranger":                         {chat: bobPhone, sender: bobPhone},
		"a stranger by the LID":              {chat: bobLID, sender: bobLID, alt: bobPhone},
		"a stranger whose number is unknown": {chat: bobLID, sender: bobLID},
		"a stranger in Ann's name":           {chat: annPhone, sender: bobPhone, alt: bobLID},
		"a LID that reads as Ann's number":   {chat: bobLID, sender: types.NewJID(annPhone.User, types.HiddenUserServer)},
		"a group that reads as her number":   {chat: group, sender: types.NewJID(annPhone.User, types.GroupServer)},
		"a stranger in a group":              {chat: group, sender: bobPhone},
		"nobody":                             {},
		"the bot itself":                     {chat: annPhone, sender: ownPhone},
		"the bot itself, by its LID":         {chat: annPhone, sender: cli.Store.GetLID()},
		"Ann's status":                       {chat: types.StatusBroadcastJID, sender: annPhone},
		"Ann's broadcast list":               {chat: types.NewJID("1", types.BroadcastServer), sender: annPhone},
		"Ann, edited":                        {chat: annPhone, sender: annPhone, change: func(evt *events.Message) { evt.IsEdit = true }},
		"Ann, just before the start": {chat: annPhone, sender: annPhone, want: true, change: func(evt *events.Message) {
			evt.Info.Timestamp = started.Add(-MaxAge + time.Second)
		}},
		"Ann, long before the start": {chat: annPhone, sender: annPhone, change: func(evt *events.Message) {
			evt.Info.Timestamp = started.Add(-MaxAge - time.Second)
		}},
	} {
		evt := &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: c.chat, Sender: c.sender, SenderAlt: c.alt}, Timestamp: started}}
		if c.change != nil {
			c.change(evt)
		}
		require.Equal(t, c.want, obeys(people, evt), name)
	}
	people = People{ownPhone.User: true}
	require.True(t, obeys(people, &events.Message{Info: types.MessageInfo{Timestamp: started,
		MessageSource: types.MessageSource{Chat: annPhone, Sender: types.NewJID(ownPhone.User, types.DefaultUserServer), IsFromMe: true}}}), "the owner's phone")
	require.False(t, obeys(people, &events.Message{Info: types.MessageInfo{Timestamp: started,
		MessageSource: types.MessageSource{Chat: annPhone, Sender: ownPhone, IsFromMe: true}}}), "the bot's own device")
}
