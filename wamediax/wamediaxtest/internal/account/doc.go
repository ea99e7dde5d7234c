// Package account keeps the accounts of wamediaxtest: their devices, keys and
// mailboxes, and what comes out of a mailbox when another device has sent
// something. It knows stanzas, but no sockets: a [Line] stands for one.
package account
