// Package cdn describes WhatsApp's media hosts: their names and order, the
// auth token that they accept, the source of both, and the errors that uploads
// and downloads share. It sends no requests.
//
//	Public        the source for downloads without a session
//	ConnSource    your own source, for package resume or fetch
//	ForUpload,    the hosts for a media type,
//	ForDownload   and InOrder: the order to try them in
//	StatusError   an HTTP error of a host, for errors.As
//
// The host list and its rules are those of the media_conn query (WA Web's
// WAMediaConnParser; whatsmeow keeps only the names).
package cdn
