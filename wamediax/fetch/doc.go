// Package fetch downloads media from WhatsApp's media hosts, decrypts it and
// verifies it. It needs no session: a message is enough to download its media,
// so archive tools can use it.
//
//	f := fetch.New(cdn.Public())
//	_, err := f.File(ctx, "picture.jpg", msg.GetImageMessage())
//
// # When to use which
//
//	you want the media                        use
//	in a file                                 File: complete and verified, or no file
//	in memory                                 Bytes: verified
//	in a pipe, a hash, a response             To: not verified until it returns
//	in parts, or to serve it                  Open: fetches what is read
//	only forwarded                            Exists: reports whether it is still there
//	with a connected whatsmeow client         wamediax.Client's Download methods, which add
//	                                          media_conn's hosts and the phone
//
// # Failures
//
// A download whose connection breaks or stalls continues at the same byte: on
// the same host if that host has just sent some, otherwise on the next one. It
// tries hosts in order, and each of them at least once before it gives up. If a
// host sends wrong bytes, and the destination can start over, the download
// starts over on another host. If hosts no longer have the media, it calls the
// function given to [WithGone], which can have the media uploaded again. Errors
// name each host with its last error.
//
// Sizes, hashes and bytes are untrusted: memory is allocated as bytes arrive,
// and nothing is reported as complete before it is verified.
package fetch
