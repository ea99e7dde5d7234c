// Package upload takes media from its source onto the CDN. It is one pipeline:
//
//	source       what the caller passed in, re-readable          package source
//	recall       the object that the journal knows for it        recall.go
//	seal         or a new one: encrypted, or only hashed         seal.go
//	deduplicate  one upload for all sources of one content       flights.go
//	send         to a host, whatever happens on the way          send.go
//	remember     where the object is now                         package journal
//
// [Pipeline.Upload] calls the steps in this order. Each takes and returns
// values: no step changes the [Job]. A live upload has no source that could be
// read again, so it seals and sends at the same time: [Pipeline.Live].
package upload
