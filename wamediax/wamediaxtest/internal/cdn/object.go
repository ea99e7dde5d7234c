package cdn

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Object implements Object of wamediaxtest.
type Object struct {
	DirectPath string // as the server returned it, with its query; "" for a partial upload
	UploadPath string // for example "/mms/video"
	// base64url without padding: the SHA-256 of the complete object, or a random one for live
	// uploads
	Token  string
	Host   string   // the only host that has this partial upload; otherwise ""
	SHA256 [32]byte // of the bytes held
	Size   int64    // bytes held
	// nil if only the hash was kept (see KeepBytes); owned by the server, do not modify
	Data     []byte
	Complete bool
}

// object is a complete object.
type object struct {
	seq        int64
	key        objectKey
	sha256     [sha256.Size]byte
	size       int64
	source     io.ReaderAt // nil if only the hash was kept
	data       []byte      // nil unless the bytes are in memory
	path       string      // of the direct path
	query      string      // of the direct path
	signature  string      // the query's oh
	handle     string
	objectID   string
	uploadTime time.Time
	small      *object // nil until requested; guarded by the store's lock
}

// objectKey identifies an object in uploads and probes.
type objectKey struct {
	path  string // the upload path
	token [sha256.Size]byte
}

func newObject(key objectKey, hash [sha256.Size]byte, size int64) *object {
	now := time.Now()
	signature := "01_" + base64.RawURLEncoding.EncodeToString(randomBytes(24))
	return &object{
		key:        key,
		sha256:     hash,
		size:       size,
		path:       fmt.Sprintf("/v/t62.7118-24/%s_%s_%s_n.enc", digits(8), digits(15), digits(19)),
		query:      fmt.Sprintf("ccb=11-4&oh=%s&oe=%X&_nc_sid=5e03e0", signature, now.Add(30*24*time.Hour).Unix()),
		signature:  signature,
		handle:     base64.StdEncoding.EncodeToString(randomBytes(24)),
		objectID:   digits(16),
		uploadTime: now,
	}
}

func (o *object) directPath() string {
	return o.path + "?" + o.query
}

// describe returns the response for an object.
func (x *exchange) describe(o *object) uploadAnswer {
	if o.key.path == coverPhotoPath {
		return uploadAnswer{Timestamp: o.uploadTime.Unix(), MetaHMAC: hex.EncodeToString(o.sha256[:]), FBID: o.objectID}
	}
	a := uploadAnswer{
		URL:        "https://" + x.host + o.directPath(),
		DirectPath: o.directPath(),
		Handle:     o.handle,
		ObjectID:   o.objectID,
	}
	dialect := x.cdn.speaks()
	if !ofNewsletter(o.key.path) || dialect == CoarseDialect {
		return a
	}
	if dialect == WebDialect {
		a.URL = ""
	}
	if x.route.query.Get("server_thumb_gen") == "1" {
		small := x.cdn.thumbnail(o)
		a.Thumbnail = &thumbnailInfo{small.directPath(), base64.StdEncoding.EncodeToString(small.sha256[:])}
	}
	return a
}

// thumbnail returns the thumbnail of an object, which clients can download. It is not a real
// picture, and not in the list of uploaded objects.
func (s *objectStore) thumbnail(of *object) *object {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	if of.small == nil {
		data := []byte("the thumbnail of " + of.path)
		small := newObject(objectKey{path: of.key.path}, sha256.Sum256(data), int64(len(data)))
		small.data, small.source = data, bytes.NewReader(data)
		of.small, s.thumbnails[small.path] = small, small
	}
	return of.small
}

func (o *object) export() Object {
	return Object{
		DirectPath: o.directPath(),
		UploadPath: o.key.path,
		Token:      formatToken(o.key.token),
		SHA256:     o.sha256,
		Size:       o.size,
		Data:       o.data,
		Complete:   true,
	}
}

// Put implements Server.Put of wamediaxtest.
func (s *objectStore) Put(mmsType string, data []byte) (directPath string) {
	data = append([]byte{}, data...)
	obj := newPlaced(mmsType, sha256.Sum256(data), int64(len(data)))
	obj.data, obj.source = data, bytes.NewReader(data)
	return s.place(obj).directPath()
}

// PutReaderAt implements Server.PutReaderAt of wamediaxtest.
func (s *objectStore) PutReaderAt(mmsType string, src io.ReaderAt, size int64) (directPath string, err error) {
	hash := sha256.New()
	if n, err := io.Copy(hash, io.NewSectionReader(src, 0, size)); err != nil {
		return "", fmt.Errorf("failed to read object: %w", err)
	} else if n != size {
		return "", fmt.Errorf("failed to read object: source ended at byte %d of %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	obj := newPlaced(mmsType, [sha256.Size]byte(hash.Sum(nil)), size)
	obj.source = src
	return s.place(obj).directPath(), nil
}

func newPlaced(mmsType string, hash [sha256.Size]byte, size int64) *object {
	path := uploadPathOf(mmsType)
	if !isUploadPath(path) {
		panic(fmt.Sprintf("wamediaxtest: %q is not an mms-type", mmsType))
	}
	return newObject(objectKey{path: path, token: hash}, hash, size)
}

// Forget implements Server.Forget of wamediaxtest.
func (s *objectStore) Forget(directPath string, status int) {
	path, _, _ := strings.Cut(directPath, "?")
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	s.forget(path, status)
}

// Object implements Server.Object of wamediaxtest.
func (s *objectStore) Object(directPath string) (Object, bool) {
	path, _, _ := strings.Cut(directPath, "?")
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	obj, ok := s.byPath[path]
	if !ok {
		return Object{}, false
	}
	return obj.export(), true
}

// Objects implements Server.Objects of wamediaxtest.
func (s *objectStore) Objects() []Object {
	type entry struct {
		seq int64
		Object
	}
	s.storeLock.Lock()
	entries := make([]entry, 0, len(s.byPath)+len(s.partials))
	for _, obj := range s.byPath {
		entries = append(entries, entry{obj.seq, obj.export()})
	}
	partials := make([]*partial, 0, len(s.partials))
	for _, p := range s.partials {
		partials = append(partials, p)
	}
	s.storeLock.Unlock()
	for _, p := range partials {
		entries = append(entries, entry{p.seq, p.export()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.seq, b.seq) })
	objects := make([]Object, len(entries))
	for i, e := range entries {
		objects[i] = e.Object
	}
	return objects
}

// CoverPhoto returns the business cover photo with that ID, and its time of upload.
func (s *objectStore) CoverPhoto(id string) (photo Object, uploaded time.Time, ok bool) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	for key, obj := range s.byKey {
		if key.path == coverPhotoPath && obj.objectID == id {
			return obj.export(), obj.uploadTime, true
		}
	}
	return Object{}, time.Time{}, false
}

// find returns the object under a path, or the response to send instead. signature is the request's
// oh: like on the real CDN, a direct path does not work without its query. It does not check oe.
func (s *objectStore) find(path, signature string) (*object, *answer) {
	s.storeLock.Lock()
	defer s.storeLock.Unlock()
	status, gone := s.gone[path]
	obj := s.byPath[path]
	if obj == nil {
		obj = s.thumbnails[path]
	}
	switch {
	case gone && status == http.StatusForbidden:
		return nil, badSignature("URL signature expired")
	case gone:
		return nil, refuse(status, "no such object")
	case obj == nil:
		return nil, refuse(http.StatusNotFound, "no such object")
	case obj.signature != signature:
		return nil, badSignature("URL signature mismatch")
	default:
		return obj, nil
	}
}

// badSignature returns the real CDN's 403 response to a direct path with an invalid signature.
func badSignature(text string) *answer {
	return &answer{
		status: http.StatusForbidden,
		header: http.Header{"Content-Type": {"text/plain"}},
		body:   []byte(text),
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// digits returns a random number of n digits.
func digits(n int) string {
	b := randomBytes(n)
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	return string(b)
}
