package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/account"
)

// takeKeys stores a device's keys when its client uploads new ones. The server sees a guest's keys
// here for the first time.
func (c *session) takeKeys(upload *waBinary.Node) {
	content := func(path ...string) []byte {
		data, _ := upload.GetChildByTag(path...).Content.([]byte)
		return data
	}
	keys := &account.Keys{
		Registration: content("registration"),
		Identity:     content("identity"),
		SignedID:     content("skey", "id"),
		Signed:       content("skey", "value"),
		Signature:    content("skey", "signature"),
	}
	if c.device != nil && keys.Valid() {
		c.server.Accounts.Publish(c.device, keys)
	}
}

// answerUsync returns the devices and the LID of users. It knows only the accounts of NewClient,
// Invite, Scan and EnterCode, and omits all others.
func (c *session) answerUsync(query *waBinary.Node) {
	asked := query.GetChildByTag("usync", "list")
	_, devices := query.GetOptionalChildByTag("usync", "query", "devices")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		if answer, ok := c.server.Accounts.LookUp(jid, c.device, devices); ok {
			users = append(users, answer)
		}
	}
	c.reply(query, waBinary.Node{Tag: "usync", Content: []waBinary.Node{{Tag: "list", Content: users}}})
}

// answerKeys returns the prekeys that a client needs to write to other devices.
func (c *session) answerKeys(query *waBinary.Node) {
	asked := query.GetChildByTag("key")
	var users []waBinary.Node
	for _, user := range asked.GetChildren() {
		jid, _ := user.Attrs["jid"].(types.JID)
		answer := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
		if keys := c.server.Accounts.KeysOf(jid); keys != nil {
			answer.Content = keys.Nodes()
		} else {
			answer.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": 404, "text": "item-not-found"}}}
		}
		users = append(users, answer)
	}
	c.reply(query, waBinary.Node{Tag: "list", Content: users})
}
