// Package interop has test vectors from other WhatsApp libraries (zapo, Baileys
// and whatsapp-rust), and tests that this library reads them: encrypted media
// with sidecars, sticker packs, receipts that ask a phone for media, and the
// phone's answers. make/make.sh makes them again with the versions in make.
package interop
