package wamediaxtest

import "io"

// Object is something that the CDN holds: a whole object, or what has arrived of one.
type Object struct {
	DirectPath string   // as the server told it, with its query; "" for a partial upload
	UploadPath string   // "/mms/video", for example
	Token      string   // base64url without padding: the SHA-256 of the whole object, or whatever a live upload chose
	Host       string   // of a partial upload that only this host knows of; else ""
	SHA256     [32]byte // of the bytes that are held
	Size       int64    // bytes that are held
	Data       []byte   // the bytes, nil if only their hash was kept (see KeepBytes); the server's own: do not modify
	Complete   bool
}

// Put places an object on the CDN as if it had been uploaded, and returns its direct path. mmsType
// is "image", "video", "newsletter-image", "product-catalog-image" and the like; data is what is
// downloaded, so mostly ciphertext. The server keeps a copy, whatever KeepBytes says. An object
// that is there already is not placed a second time.
func (s *Server) Put(mmsType string, data []byte) (directPath string) {
	return s.cdn.Put(mmsType, data)
}

// PutReaderAt is [Server.Put] for objects that are too large for memory. src is read once now, for
// its hash, and again by every download, also by several at once; it must stay as it is while the
// server runs.
func (s *Server) PutReaderAt(mmsType string, src io.ReaderAt, size int64) (directPath string, err error) {
	return s.cdn.PutReaderAt(mmsType, src, size)
}

// Forget makes downloads of a direct path (with or without its query) fail with this status from
// now on: 404, 410 or 403 for an object that has expired. Its bytes are freed, probes no longer
// find it, and an upload of it starts anew and gets another direct path. A direct path that the
// server never gave out can be given a status as well.
func (s *Server) Forget(directPath string, status int) {
	s.cdn.Forget(directPath, status)
}

// Object returns what is stored under a direct path (with or without its query), and false if
// nothing is, or no more.
func (s *Server) Object(directPath string) (Object, bool) {
	obj, ok := s.cdn.Object(directPath)
	return Object(obj), ok
}

// Objects returns everything that the CDN holds, whole objects and partial uploads, the oldest
// first.
func (s *Server) Objects() []Object {
	held := s.cdn.Objects()
	objects := make([]Object, len(held))
	for i, obj := range held {
		objects[i] = Object(obj)
	}
	return objects
}

// KeepBytes sets the size in bytes up to which uploaded objects are kept as a whole; 64 MiB if it
// is never called. Of larger ones, also while they are still partial, the server keeps only the
// running SHA-256 and the length: they cost no memory, can be resumed and judged all the same, and
// their download is answered with 501. It holds for uploads that begin later.
func (s *Server) KeepBytes(limit int64) {
	s.cdn.KeepBytes(limit)
}

// SharePartials says whether all hosts know of a partial upload that one of them took (the
// default), or each host only of its own. Whole objects are always known to all hosts. It holds for
// requests that come later; what the hosts held before is then out of their sight.
func (s *Server) SharePartials(share bool) {
	s.cdn.SharePartials(share)
}

// CheckOffsets makes every host strict about resumed uploads: one whose offset is not exactly the
// number of bytes that the host holds is refused with this status (400, 409, 412 or 416, for
// example) and changes nothing. This includes offsets of partial uploads that are gone or have
// become whole objects meanwhile. An upload from byte 0 is always taken, and so are the chunks of
// live uploads. Status 0 restores the default: an offset below what is held overlaps, one beyond it
// gets 400.
func (s *Server) CheckOffsets(status int) {
	s.cdn.CheckOffsets(status)
}
