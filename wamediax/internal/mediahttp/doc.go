// Package mediahttp finds the HTTP client for an account's media.
//
// whatsmeow keeps it in an unexported field that four of its setters change.
// Only that field has the proxy that a program set before it wrapped its
// client, or sets on the whatsmeow client afterwards.
package mediahttp
