// Package interop has test vectors from other WhatsApp libraries, and tests
// that this library reads them: encrypted media with sidecars, receipts that
// ask a phone for media, and the phone's answers. make/make.sh makes them again
// with the versions that it names.
package interop
