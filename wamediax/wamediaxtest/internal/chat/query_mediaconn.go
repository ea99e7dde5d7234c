package chat

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// MediaConn is how media_conn queries are answered.
type MediaConn struct {
	Hold  <-chan struct{}                  // every answer waits for it; nil: none does
	Error int                              // the code of an error to answer with
	Whole func() waBinary.Node             // makes the whole answer, or one without a tag: none
	Hosts func(token string) waBinary.Node // makes the <media_conn> of a proper answer
}

// SetMediaConn sets what every media_conn query is answered from now on.
func (s *Service) SetMediaConn(conf MediaConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mediaConn = conf
}

// MediaConnQueries returns how many media_conn queries have come, whatever they were answered.
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

// countMediaConn counts one query of a device and returns what to answer. If the answer is held
// back, the caller must call release when it has been given.
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
