// Package mediahttp finds the HTTP client that an account's media goes through.
//
// whatsmeow keeps that client in an unexported field, which four of its setters
// change. Reading the field is the only way to learn of a proxy that a program
// set before it wrapped its client, or sets on the whatsmeow client afterwards.
package mediahttp
