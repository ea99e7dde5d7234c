// Package chat is the half of wamediaxtest that clients log in to, at
// /ws/chat: logins, pairing, queries, and stanzas that go from one client to
// another. It answers what whatsmeow asks on its own; accounts and mailboxes
// are those of package account. wamediaxtest documents its exported methods.
package chat
