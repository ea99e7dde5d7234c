package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// queryHandlers holds who answers a query (a stanza <iq>), by its namespace.
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

// answerQuery answers one query. Nothing is left without an answer: what the server does not know
// is an error at once.
func (c *session) answerQuery(query *waBinary.Node) {
	switch query.Attrs["type"] {
	case "get", "set":
	default: // an answer to a query of ours: the pairing's are the only ones
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

// replyError sends the error that a query ended with. The texts that WhatsApp sends look like
// "item-not-found".
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

// answerPassive ends a login, whose last query it is: whatsmeow reports events.Connected when it
// has the answer. Before that, the client gets what has come for it while it was away.
func (c *session) answerPassive(query *waBinary.Node) {
	if _, active := query.GetOptionalChildByTag("active"); active {
		c.server.makeReachable(c)
		defer c.establish()
		c.openMailbox()
	}
	c.reply(query)
}

// preKeyCount is how many one-time keys the server says it still has: enough that no client uploads
// more on that account.
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

// answerDevices lets a client log out.
func (c *session) answerDevices(query *waBinary.Node) {
	if _, ok := query.GetOptionalChildByTag("remove-companion-device"); ok {
		c.server.Accounts.Unlink(c.device)
		c.reply(query)
	} else {
		c.replyNotImplemented(query)
	}
}
