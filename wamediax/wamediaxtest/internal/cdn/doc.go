// Package cdn is the media hosts of wamediaxtest: objects and uploads in
// parts, faults that strike requests, auth tokens, and the record of what
// clients sent. A [CDN] is an http.Handler; it knows no sockets, accounts or
// stanzas. wamediaxtest documents its exported methods and effects.
package cdn
