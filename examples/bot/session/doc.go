// Package session keeps a bot linked to a WhatsApp account.
//
//	you want to                                  use
//	keep keys and uploads in one file            Open
//	pair, connect and stay connected             New, then Session.Run
//	show the codes for pairing                   Terminal, or a Screen of your own
package session
