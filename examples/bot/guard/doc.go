// Package guard limits what a bot's commands can do.
//
//	you want to limit                       use
//	who may give commands                   People
//	which files commands read and write     Folder
//	how many commands run at a time         Queue
//	how many pictures are in memory         Previews
//	what the chat learns about a failure    Refusal
//
// For URLs from a chat, use package safehttp.
package guard
