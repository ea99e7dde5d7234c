package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// answerStatus answers the query for an account's status audience: the viewers set with
// SetAudience, or the contacts.
func (c *session) answerStatus(query *waBinary.Node) {
	if _, ok := query.GetOptionalChildByTag("privacy"); !ok || query.Attrs["type"] != "get" {
		c.replyNotImplemented(query)
		return
	}
	audience := c.server.Accounts.Audience(c.device)
	list := waBinary.Node{Tag: "list", Attrs: waBinary.Attrs{"default": "true", "type": string(types.StatusPrivacyTypeContacts)}}
	if len(audience) > 0 {
		users := make([]waBinary.Node, len(audience))
		for i, viewer := range audience {
			users[i] = waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": viewer}}
		}
		list.Attrs["type"] = string(types.StatusPrivacyTypeWhitelist)
		list.Content = users
	}
	c.reply(query, waBinary.Node{Tag: "privacy", Content: []waBinary.Node{list}})
}
