// Package chat implements the websocket server of wamediaxtest, at /ws/chat:
// logins, pairing, queries, and stanzas between clients. It also answers the
// queries that whatsmeow sends by itself. Accounts and mailboxes are in package
// account. Package wamediaxtest documents the exported methods.
package chat
