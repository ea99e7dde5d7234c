// Package message builds the messages that show media, and finds media in
// received messages. It sends nothing and has no state.
//
// Its protocol facts come from WhatsApp Web, whose modules are named where the
// code follows them, and from whatsmeow's protobuf schema.
package message
