// Package cdn describes WhatsApp's media hosts: their names and order, the
// token that they accept, where both come from, and the errors that uploads
// and downloads share. It makes no requests.
//
//	Public        the source for downloads without a session
//	ConnSource    a source of your own, for package resume or fetch
//	ForUpload,    which hosts serve a media type,
//	ForDownload   and InOrder: in which order to try them
//	StatusError   what a host said, with errors.As
//
// The host list and its rules are those of the media_conn query (WA Web's
// WAMediaConnParser; whatsmeow keeps only the names).
package cdn
