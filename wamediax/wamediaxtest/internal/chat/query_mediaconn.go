package chat

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// MediaConn configures the responses to media_conn queries.
type MediaConn struct {
	Hold  <-chan struct{} // every response waits for it, unless it is nil
	Error int             // code of an error response
	// makes the complete response, or a node without a tag for none
	Whole func() waBinary.Node
	Hosts func(token string) waBinary.Node // makes the <media_conn> of a normal response
}

// SetMediaConn sets the response to later media_conn queries.
func (s *Service) SetMediaConn(conf MediaConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mediaConn = conf
}

// MediaConnQueries returns the number of media_conn queries so far, whatever the response.
func (s *Service) MediaConnQueries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mediaConnCount
}

func (c *session) answerMediaConn(query *waBinary.Node) {
	if _, ok := query.GetOptionalChildByTag("media_conn"); !ok {
		c.replyNotImplemented(query)
		return
	}
	conf, release := c.server.countMediaConn(c.jid)
	if release == nil {
		c.replyMediaConn(query, conf)
		return
	}
	go func() {
		defer release()
		select {
		case <-conf.Hold:
			c.replyMediaConn(query, conf)
		case <-c.server.closing.Done():
			c.replyError(query, 503, mediaConnErrorText(503))
		case <-c.ctx.Done():
		}
	}()
}

// countMediaConn counts a device's query and returns the configured response. If the response is
// held, the caller must call release after sending it.
func (s *Service) countMediaConn(from types.JID) (conf MediaConn, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mediaConnCount++
	conf = s.mediaConn
	if conf.Hold == nil || s.closed {
		return conf, nil
	}
	return conf, s.held.Begin(func() string { return fmt.Sprintf("the media_conn answer to %s, which is held back", from) })
}

func (c *session) replyMediaConn(query *waBinary.Node, conf MediaConn) {
	switch {
	case conf.Whole != nil:
		answer := conf.Whole()
		if answer.Tag == "" {
			return
		}
		attrs := answerAttrs(query, "result")
		for name, value := range answer.Attrs {
			attrs[name] = value
		}
		answer.Attrs = attrs
		c.send(answer)
	case conf.Error != 0:
		c.replyError(query, conf.Error, mediaConnErrorText(conf.Error))
	default:
		c.reply(query, conf.Hosts(c.server.cdn.IssueToken()))
	}
}

func mediaConnErrorText(code int) string {
	switch code {
	case 401:
		return "not-authorized"
	case 429:
		return "rate-overlimit"
	case 500:
		return "internal-server-error"
	case 503:
		return "service-unavailable"
	case 507:
		return "server-error-throttled"
	default:
		return "error"
	}
}
