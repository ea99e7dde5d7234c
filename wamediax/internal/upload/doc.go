// Package upload uploads media from its source to the CDN. It is a pipeline:
//
//	source       what the caller passed in, re-readable          package source
//	recall       find its object in the journal                  recall.go
//	seal         or make a new one: encrypt, or only hash        seal.go
//	deduplicate  one upload for all sources with one content     flights.go
//	send         to a host, with failover                        send.go
//	remember     where the object is now                         package journal
//
// [Pipeline.Upload] calls the steps in this order. Each takes and returns
// values: no step changes the [Job]. The source of a live upload cannot be read
// again, so [Pipeline.Live] seals and sends at the same time.
package upload
