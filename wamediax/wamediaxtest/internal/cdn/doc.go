// Package cdn implements the media hosts of wamediaxtest: objects and partial
// uploads, faults, auth tokens, and a record of all requests. A [CDN] is an
// http.Handler, independent of sockets, accounts and stanzas. Package
// wamediaxtest documents the exported methods and effects.
package cdn
