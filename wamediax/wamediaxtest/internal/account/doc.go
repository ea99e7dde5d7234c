// Package account keeps the accounts of wamediaxtest with their devices, keys
// and mailboxes, and the groups and newsletters. It decides which devices
// receive a message, and in which form. It knows stanzas, but no sockets: a
// [Line] stands for a socket.
package account
