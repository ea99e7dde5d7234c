package chat

import (
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// answerGroups answers queries about groups: the description of one, the list of all, and changes
// of the members. The query's "to" is the group.
func (c *session) answerGroups(query *waBinary.Node) {
	to, _ := query.Attrs["to"].(types.JID)
	children := query.GetChildren()
	if len(children) != 1 {
		c.replyNotImplemented(query)
		return
	}
	request := children[0]
	accounts := c.server.Accounts
	switch {
	case c.device == nil:
		c.replyFailure(query, 403)
	case request.Tag == "query":
		c.replyOrFail(query)(accounts.Group(to, c.device))
	case request.Tag == "participating":
		c.reply(query, waBinary.Node{Tag: "groups", Content: accounts.GroupsOf(c.device)})
	case request.Tag == "create":
		c.replyOrFail(query)(accounts.CreateGroup(c.device, request.AttrGetter().OptionalString("subject"), participantsOf(&request)))
	case request.Tag == "add":
		named, code := accounts.AddMembers(c.device, to, participantsOf(&request))
		c.replyOrFail(query)(waBinary.Node{Tag: request.Tag, Content: named}, code)
	case request.Tag == "remove":
		named, code := accounts.RemoveMembers(c.device, to, participantsOf(&request))
		c.replyOrFail(query)(waBinary.Node{Tag: request.Tag, Content: named}, code)
	case request.Tag == "leave":
		left := request.GetChildByTag("group")
		c.replyOrFail(query)(request, accounts.LeaveGroup(c.device, left.AttrGetter().OptionalJIDOrEmpty("id")))
	default:
		c.replyNotImplemented(query)
	}
}

// replyOrFail returns a function that replies with a node, or with an error if its code is not 0.
func (c *session) replyOrFail(query *waBinary.Node) func(waBinary.Node, int) {
	return func(answer waBinary.Node, code int) {
		if code != 0 {
			c.replyFailure(query, code)
		} else {
			c.reply(query, answer)
		}
	}
}

func participantsOf(request *waBinary.Node) []types.JID {
	var jids []types.JID
	for _, participant := range request.GetChildrenByTag("participant") {
		if jid, ok := participant.Attrs["jid"].(types.JID); ok {
			jids = append(jids, jid)
		}
	}
	return jids
}
