// Package interop holds what other libraries for WhatsApp made, and tests that
// ours opens it: encrypted media with sidecars, receipts that ask a phone for
// media, and the phone's answers. make/make.sh makes all of it again, with the
// versions of the libraries that it names.
package interop
