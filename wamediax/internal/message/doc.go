// Package message builds the messages that media is shown in, and finds the
// media in those that others have built. It sends nothing and keeps nothing.
//
// What it says of the protocol comes from WhatsApp Web, whose modules are named
// where they are followed, and from the protobuf schema that whatsmeow has.
package message
