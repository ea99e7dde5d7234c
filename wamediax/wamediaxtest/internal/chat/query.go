package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// queryHandlers holds the handlers of queries (<iq> stanzas), by namespace.
var queryHandlers = map[string]func(*session, *waBinary.Node){
	"encrypt":                 (*session).answerEncrypt,
	"passive":                 (*session).answerPassive,
	"w:p":                     (*session).answerNothing,
	"w:m":                     (*session).answerMediaConn,
	"privacy":                 (*session).answerPrivacy,
	"urn:xmpp:whatsapp:dirty": (*session).answerNothing,
	"urn:xmpp:whatsapp:push":  (*session).answerNothing,
	"w:biz":                   (*session).answerBusiness,
	"md":                      (*session).answerDevices,
	"usync":                   (*session).answerUsync,
	"w:g2":                    (*session).answerGroups,
	"newsletter":              (*session).answerNewsletter,
	"status":                  (*session).answerStatus,
}

// answerQuery answers a query. Queries that the server does not know get an error at once.
func (c *session) answerQuery(query *waBinary.Node) {
	switch query.Attrs["type"] {
	case "get", "set":
	default: // a response to a query from the server, which only pairings send
		if c.pairing != nil {
			c.takePairingAnswer(query)
		}
		return
	}
	handlers := queryHandlers
	if c.pairing != nil {
		handlers = pairingQueryHandlers
	}
	namespace, _ := query.Attrs["xmlns"].(string)
	if handle, ok := handlers[namespace]; ok {
		handle(c, query)
	} else {
		c.replyNotImplemented(query)
	}
}

// reply sends the result of a query.
func (c *session) reply(query *waBinary.Node, content ...waBinary.Node) {
	answer := waBinary.Node{Tag: "iq", Attrs: answerAttrs(query, "result")}
	if len(content) > 0 {
		answer.Content = content
	}
	c.send(answer)
}

// replyError answers a query with an error. WhatsApp's texts look like "item-not-found".
func (c *session) replyError(query *waBinary.Node, code int, text string) {
	c.send(waBinary.Node{
		Tag:   "iq",
		Attrs: answerAttrs(query, "error"),
		Content: []waBinary.Node{{
			Tag:   "error",
			Attrs: waBinary.Attrs{"code": code, "text": text},
		}},
	})
}

// replyFailure sends one of the errors that package account returns.
func (c *session) replyFailure(query *waBinary.Node, code int) {
	text := "item-not-found"
	if code == 403 {
		text = "forbidden"
	}
	c.replyError(query, code, text)
}

func (c *session) replyNotImplemented(query *waBinary.Node) {
	c.replyError(query, 501, "feature-not-implemented")
}

func answerAttrs(query *waBinary.Node, kind string) waBinary.Attrs {
	return waBinary.Attrs{"from": types.ServerJID, "id": query.Attrs["id"], "type": kind}
}

func (c *session) answerNothing(query *waBinary.Node) {
	c.reply(query)
}

// answerPassive answers the last query of a login. whatsmeow dispatches events.Connected when it
// has the answer. Before that, the server sends the messages that it held for the client.
func (c *session) answerPassive(query *waBinary.Node) {
	if _, active := query.GetOptionalChildByTag("active"); active {
		c.server.makeReachable(c)
		defer c.establish()
		c.openMailbox()
	}
	c.reply(query)
}

// preKeyCount is the number of one-time keys that the server claims to have: enough that no client
// uploads more.
const preKeyCount = 50

func (c *session) answerEncrypt(query *waBinary.Node) {
	_, count := query.GetOptionalChildByTag("count")
	_, upload := query.GetOptionalChildByTag("list")
	_, fetch := query.GetOptionalChildByTag("key")
	switch {
	case count:
		c.reply(query, waBinary.Node{Tag: "count", Attrs: waBinary.Attrs{"value": preKeyCount}})
	case upload:
		c.takeKeys(query)
		c.reply(query)
	case fetch:
		c.answerKeys(query)
	default:
		c.replyNotImplemented(query)
	}
}

func (c *session) answerPrivacy(query *waBinary.Node) {
	if query.Attrs["type"] == "set" {
		c.reply(query)
		return
	}
	settings := []types.PrivacySettingType{
		types.PrivacySettingTypeGroupAdd, types.PrivacySettingTypeLastSeen, types.PrivacySettingTypeStatus,
		types.PrivacySettingTypeProfile, types.PrivacySettingTypeReadReceipts, types.PrivacySettingTypeOnline,
		types.PrivacySettingTypeCallAdd,
	}
	categories := make([]waBinary.Node, len(settings))
	for i, setting := range settings {
		categories[i] = waBinary.Node{Tag: "category", Attrs: waBinary.Attrs{
			"name": string(setting), "value": string(types.PrivacySettingAll),
		}}
	}
	c.reply(query, waBinary.Node{Tag: "privacy", Content: categories})
}

// answerDevices answers a client's logout.
func (c *session) answerDevices(query *waBinary.Node) {
	if _, ok := query.GetOptionalChildByTag("remove-companion-device"); ok {
		c.server.Accounts.Unlink(c.device)
		c.reply(query)
	} else {
		c.replyNotImplemented(query)
	}
}
