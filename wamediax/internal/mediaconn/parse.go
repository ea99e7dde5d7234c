package mediaconn

import (
	"errors"
	"net/url"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/wamediax/whatsmeow-ext/wamediax/cdn"
)

// Limits for the lifetime that the server states.
const (
	defaultLife = 5 * time.Minute
	maxLife     = 24 * time.Hour
)

const (
	// maxHosts is how many hosts of a response are kept. Real ones have about ten.
	maxHosts = 64
	// maxHostName is the length of the longest name in the DNS, with a port.
	maxHostName = 253 + len(":65535")
)

// parse parses the response to a media_conn query that arrived at now. It drops hosts with invalid
// names, and those after the first maxHosts.
func parse(resp *waBinary.Node, now time.Time) (*cdn.Conn, error) {
	node, ok := resp.GetOptionalChildByTag("media_conn")
	if !ok {
		return nil, errors.New("failed to parse media_conn: response has no media_conn")
	}
	attrs := node.AttrGetter()
	conn := &cdn.Conn{Auth: attrs.OptionalString("auth"), Fetched: now}
	if conn.Auth == "" {
		return nil, errors.New("failed to parse media_conn: response has no auth token")
	}
	life := maxLife
	known := false
	for _, name := range []string{"ttl", "auth_ttl"} {
		if seconds, ok := attrs.GetInt64(name, false); ok && seconds > 0 {
			known = true
			life = min(life, time.Duration(min(seconds, int64(maxLife/time.Second)))*time.Second)
		}
	}
	if !known {
		life = defaultLife
	}
	conn.Expires = now.Add(life)
	for _, child := range node.GetChildren() {
		if len(conn.Hosts) == maxHosts {
			break
		}
		if child.Tag != "host" {
			continue
		}
		attrs := child.AttrGetter()
		host := cdn.Host{
			Name:         attrs.OptionalString("hostname"),
			Fallback:     attrs.OptionalString("type") == "fallback",
			FallbackName: attrs.OptionalString("fallback_hostname"),
		}
		if !isHostName(host.FallbackName) {
			host.FallbackName = ""
		}
		if !isHostName(host.Name) {
			continue
		}
		for tag, list := range map[string]*[]string{"upload": &host.Upload, "download": &host.Download} {
			if listed, ok := child.GetOptionalChildByTag(tag); ok {
				for _, mediaType := range listed.GetChildren() {
					*list = append(*list, mediaType.Tag)
				}
			}
		}
		conn.Hosts = append(conn.Hosts, host)
	}
	return conn, nil
}

// isHostName reports whether name is a valid host of a URL, with or without port.
func isHostName(name string) bool {
	if name == "" || len(name) > maxHostName {
		return false
	}
	parsed, err := url.Parse("https://" + name + "/")
	return err == nil && parsed.Host == name && parsed.User == nil && parsed.Path == "/"
}
