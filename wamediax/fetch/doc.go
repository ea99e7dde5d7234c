// Package fetch downloads media from WhatsApp's media hosts, decrypts it and
// verifies it. It needs no session: whoever has a message can download its
// media, as archive tools do.
//
//	f := fetch.New(cdn.Public())
//	_, err := f.File(ctx, "picture.jpg", msg.GetImageMessage())
//
// # When to use which
//
//	you want the media                        use
//	in a file                                 File: there whole and verified, or not at all
//	in memory                                 Bytes: all of it verified
//	in a pipe, a hash, a response             To: not verified before it has returned
//	in parts, or to serve it                  Open: fetched as it is read
//	not itself, but to forward it             Exists: whether it is still there
//	with a connected whatsmeow client         wamediax.Client's Download methods, which add
//	                                          media_conn's hosts and the phone
//
// # What a download does when things go wrong
//
// A connection that breaks or stalls is taken up where it broke, on the same
// host while bytes move and on the next one otherwise. Hosts are asked in
// order, each at least once before a download gives up. A host that gives
// wrong bytes is left for another one, where the destination can begin anew.
// Media that hosts no longer have can be brought back by a function of the
// caller's ([WithGone]). An error names each host with what it said last.
//
// Sizes, hashes and bytes are untrusted: memory is allocated as bytes come,
// and nothing is presented as good before it is verified.
package fetch
