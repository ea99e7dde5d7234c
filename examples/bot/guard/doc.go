// Package guard keeps a bot's commands within bounds, whoever sends them.
//
//	you want to bound                       use
//	who may give commands                   People
//	which files commands read and write     Folder
//	how many commands run at a time         Queue
//	how many pictures are in memory         Previews
//	what the chat learns about a failure    Refusal
//
// URLs from a chat are bounded by package safehttp.
package guard
