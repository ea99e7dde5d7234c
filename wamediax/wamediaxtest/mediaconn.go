package wamediaxtest

import (
	"math"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax/wamediaxtest/internal/chat"
)

// MediaConn is what the server answers to a media_conn query, which is how a client learns the
// media hosts and the token that they take. The zero value is a good answer; set the fields that a
// test is about.
type MediaConn struct {
	// Hosts is the list of media hosts, in order. Nil: two primary hosts and a fallback host.
	// Empty: none at all.
	Hosts []Host
	// TTL is how long the list is good, AuthTTL how long the token is, in whole seconds. Zero: 300
	// s and 6 h.
	TTL, AuthTTL time.Duration
	// MaxBuckets is passed on as it is. Zero: 12.
	MaxBuckets int

	// Error is the code of an error that is answered instead, such as 507.
	Error int
	// Node makes the whole answer instead: a stanza <iq>, whose attributes id, from and type are
	// filled in where they are missing. It may be as wrong as the test likes; a Node without a tag
	// means that no answer is sent. Queries of several clients call it from several goroutines.
	Node func() waBinary.Node
	// Hold keeps every answer back until it is closed. Other queries are answered meanwhile. If the
	// server closes first, the answer is an error 503.
	Hold <-chan struct{}
}

// Host is one media host of a MediaConn. Any name will do: all names lead to the server.
type Host struct {
	Name         string
	Fallback     bool   // it is of type fallback, not primary
	FallbackName string // the name to use when Name fails; empty: no such attribute

	// Upload and Download list the media types that the host takes, as mms-types ("image",
	// "md-app-state" …). Nil: no such tag, which means all types.
	Upload, Download []string
}

// DefaultMediaConn returns what a server answers that was told nothing, with every default written
// out, for a test that wants to change a part of it.
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

// SetMediaConn sets what every media_conn query is answered from now on. The lists in conf must not
// be modified afterwards.
func (s *Server) SetMediaConn(conf MediaConn) {
	conf = conf.withDefaults()
	s.chat.SetMediaConn(chat.MediaConn{Hold: conf.Hold, Error: conf.Error, Whole: conf.Node, Hosts: conf.node})
}

// MediaConnQueries returns how many media_conn queries have come, whatever they were answered.
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
