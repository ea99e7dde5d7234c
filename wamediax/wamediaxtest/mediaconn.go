package wamediaxtest

import (
	"math"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// MediaConn is the server's answer to media_conn queries, from which clients learn the media hosts
// and the auth token. The zero value is a good answer; set only what the test is about.
type MediaConn struct {
	// Hosts is the ordered list of media hosts. Nil means two primary hosts and a fallback host; an
	// empty list means no hosts.
	Hosts []Host
	// TTL is the lifetime of the list and AuthTTL that of the token, rounded up to seconds. The
	// defaults are 300 s and 6 h.
	TTL, AuthTTL time.Duration
	// MaxBuckets is the attribute max_buckets. The default is 12.
	MaxBuckets int

	// Error is the code of an error to answer with instead, such as 507.
	Error int
	// Node returns the whole answer instead, an <iq> stanza. The server fills in the attributes id,
	// from and type where they are missing. The stanza may be malformed; if it has no tag, the
	// server does not answer. Several goroutines may call Node at once.
	Node func() waBinary.Node
	// Hold delays every answer until it is closed; the server answers other queries meanwhile. If
	// the server closes first, it answers with error 503.
	Hold <-chan struct{}
}

// Host is a media host of a [MediaConn]. The name is free: all names lead to the server.
type Host struct {
	Name         string
	Fallback     bool   // the host's type is "fallback", not "primary"
	FallbackName string // the name to try when Name fails; empty omits the attribute

	// Upload and Download list the media types that the host accepts, as mms-types ("image",
	// "md-app-state" …). Nil omits the list, which means all types.
	Upload, Download []string
}

// DefaultMediaConn returns the default answer with all defaults filled in, so that a test can
// change a part of it.
func DefaultMediaConn() MediaConn {
	return MediaConn{}.withDefaults()
}

func (conf MediaConn) withDefaults() MediaConn {
	if conf.Hosts == nil {
		conf.Hosts = []Host{
			{Name: "media-1.cdn.test", FallbackName: "media-1-fallback.cdn.test", Upload: allMMSTypes(), Download: allMMSTypes()},
			{Name: "media-2.cdn.test", Upload: allMMSTypes(), Download: allMMSTypes()},
			{Name: "mmg.cdn.test", Fallback: true},
		}
	}
	if conf.TTL == 0 {
		conf.TTL = 300 * time.Second
	}
	if conf.AuthTTL == 0 {
		conf.AuthTTL = 6 * time.Hour
	}
	if conf.MaxBuckets == 0 {
		conf.MaxBuckets = 12
	}
	return conf
}

// allMMSTypes lists every media type by the name that media_conn has for it.
func allMMSTypes() []string {
	encrypted := []string{
		"image", "video", "audio", "ptt", "document", "md-msg-hist", "md-app-state",
		"sticker-pack", "thumbnail-sticker-pack", "thumbnail-link",
	}
	plain := []string{
		"product-catalog-image", "newsletter-image", "newsletter-video", "newsletter-audio", "newsletter-document",
		"newsletter-sticker-pack",
	}
	return append(encrypted, plain...)
}

// SetMediaConn sets the answer to all later media_conn queries. Do not modify the lists in conf
// afterwards.
func (s *Server) SetMediaConn(conf MediaConn) {
	conf = conf.withDefaults()
	s.chat.SetMediaConn(chat.MediaConn{Hold: conf.Hold, Error: conf.Error, Whole: conf.Node, Hosts: conf.node})
}

// MediaConnQueries returns the number of media_conn queries so far, answered or not.
func (s *Server) MediaConnQueries() int {
	return s.chat.MediaConnQueries()
}

func (conf MediaConn) node(token string) waBinary.Node {
	hosts := make([]waBinary.Node, len(conf.Hosts))
	for i, host := range conf.Hosts {
		hosts[i] = host.node()
	}
	return waBinary.Node{
		Tag: "media_conn",
		Attrs: waBinary.Attrs{
			"auth":        token,
			"ttl":         wholeSeconds(conf.TTL),
			"auth_ttl":    wholeSeconds(conf.AuthTTL),
			"max_buckets": conf.MaxBuckets,
		},
		Content: hosts,
	}
}

func wholeSeconds(d time.Duration) int64 {
	return int64(math.Ceil(d.Seconds()))
}

func (host Host) node() waBinary.Node {
	node := waBinary.Node{Tag: "host", Attrs: waBinary.Attrs{"hostname": host.Name, "type": "primary"}}
	if host.Fallback {
		node.Attrs["type"] = "fallback"
	}
	if host.FallbackName != "" {
		node.Attrs["fallback_hostname"] = host.FallbackName
	}
	var lists []waBinary.Node
	if host.Upload != nil {
		lists = append(lists, waBinary.Node{Tag: "upload", Content: typeNodes(host.Upload)})
	}
	if host.Download != nil {
		lists = append(lists, waBinary.Node{Tag: "download", Content: typeNodes(host.Download)})
	}
	if lists != nil {
		node.Content = lists
	}
	return node
}

func typeNodes(mmsTypes []string) []waBinary.Node {
	nodes := make([]waBinary.Node, len(mmsTypes))
	for i, mmsType := range mmsTypes {
		nodes[i] = waBinary.Node{Tag: mmsType}
	}
	return nodes
}
