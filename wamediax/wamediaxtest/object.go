package wamediaxtest

import "io"

// Object is a whole object on the CDN, or the part of one that has arrived.
type Object struct {
	DirectPath string   // as the server returned it, with its query; "" for a partial upload
	UploadPath string   // for example "/mms/video"
	Token      string   // unpadded base64url: the whole object's SHA-256, or a live upload's token
	Host       string   // the only host that knows a partial upload; "" if all hosts do
	SHA256     [32]byte // of the stored bytes
	Size       int64    // of the stored bytes
	Data       []byte   // the stored bytes: do not modify; nil above the limit of KeepBytes
	Complete   bool     // the whole object has arrived
}

// Put stores an object on the CDN as if a client had uploaded it, and returns its direct path.
// mmsType is a media type such as "image", "video", "newsletter-image" or "product-catalog-image";
// Put panics if it is malformed. data is what clients download, usually ciphertext. The server
// keeps a copy regardless of KeepBytes. If the CDN already has the object, Put returns its direct
// path.
func (s *Server) Put(mmsType string, data []byte) (directPath string) {
	return s.cdn.Put(mmsType, data)
}

// PutReaderAt is [Server.Put] for objects that do not fit in memory. It reads src once to hash it.
// Every download reads src again, several at a time, so its content must not change while the
// server runs. An error means that src failed or ended early.
func (s *Server) PutReaderAt(mmsType string, src io.ReaderAt, size int64) (directPath string, err error) {
	return s.cdn.PutReaderAt(mmsType, src, size)
}

// Forget removes an object and makes downloads of its direct path fail with the status: 404, 410 or
// 403 for an expired object. With 403 the answer says "URL signature expired", as the real one; for
// another 403, inject a [Fault] with Status(403). The path may come with or without its query.
// Probes no longer find the object, and a new upload of it gets another direct path. Forget also
// accepts paths that the server never returned.
func (s *Server) Forget(directPath string, status int) {
	s.cdn.Forget(directPath, status)
}

// Object returns the object with a direct path, with or without its query, and false if there is
// none.
func (s *Server) Object(directPath string) (Object, bool) {
	obj, ok := s.cdn.Object(directPath)
	return Object(obj), ok
}

// Objects returns all whole objects and partial uploads of the CDN, oldest first.
func (s *Server) Objects() []Object {
	held := s.cdn.Objects()
	objects := make([]Object, len(held))
	for i, obj := range held {
		objects[i] = Object(obj)
	}
	return objects
}

// KeepBytes sets how many bytes of an upload the server keeps in memory, for uploads that start
// later. The default is 64 MiB. Of a larger upload the server keeps only the SHA-256 and the
// length. It can still be resumed and is still verified, but downloading it returns status 501.
func (s *Server) KeepBytes(limit int64) {
	s.cdn.KeepBytes(limit)
}

// SharePartials sets whether all hosts know a partial upload, which is the default, or only the
// host that received it. All hosts always know whole objects. The setting affects later requests,
// which no longer find the partial uploads from before the change.
func (s *Server) SharePartials(share bool) {
	s.cdn.SharePartials(share)
}

// CheckOffsets makes every host strict about resumed uploads. If the offset is not exactly the
// number of bytes that the host has, the host answers with the status, for example 400, 409, 412 or
// 416, and stores nothing. This also applies when the partial upload is gone or has become a whole
// object. Uploads from byte 0 and chunks of live uploads are always accepted.
//
// Status 0 restores the default: an offset below the number of stored bytes overlaps them, and a
// larger one gets status 400.
func (s *Server) CheckOffsets(status int) {
	s.cdn.CheckOffsets(status)
}
