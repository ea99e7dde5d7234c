package cdn

import (
	"crypto/sha256"
	"encoding/base64"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// coverPhotoPath is the upload path for cover photos of business profiles.
const coverPhotoPath = "/pps/biz-cover-photo"

// route is what a request asks for, according to its method, path and query.
type route struct {
	kind  Kind
	query url.Values

	// For uploads, probes and deletions.
	key    objectKey
	offset int64 // of the body's first byte in the object
	total  int64 // size of the object, or end of a live upload's chunk; -1 if unknown

	finalHash [sha256.Size]byte // of a live upload's end
}

// parseRoute parses a request. For an invalid request it also returns the response; the route then
// has at least the kind and the query, as far as they are valid.
func parseRoute(r *http.Request, dialect Dialect) (route, *answer) {
	query, queryErr := url.ParseQuery(r.URL.RawQuery)
	rt := route{query: query, total: -1}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		rt.kind = Downloads
	case http.MethodDelete:
		rt.kind = Deletes
	case http.MethodPost:
		switch {
		case query.Get("resume") == "1":
			rt.kind = Probes
		case query.Get("stream") == "1" && query.Has("final_hash"):
			rt.kind = LiveEnds
		case query.Get("stream") == "1":
			rt.kind = LiveChunks
		default:
			rt.kind = Uploads
		}
	default:
		return rt, refuse(http.StatusMethodNotAllowed, "method not allowed")
	}
	if queryErr != nil {
		return rt, refuse(http.StatusBadRequest, "invalid query")
	}
	if rt.kind == Downloads {
		return rt, nil
	}

	path, pathToken, ok := splitUploadPath(r.URL.Path)
	if !ok || dialect == CoarseDialect && slices.Contains(finerPaths, path) {
		return rt, refuse(http.StatusNotFound, "unknown upload path")
	}
	token, ok := parseToken(pathToken)
	if !ok {
		return rt, refuse(http.StatusBadRequest, "token in path is not base64url of 32 bytes")
	}
	queryToken, ok := parseToken(query.Get("token"))
	if !ok || queryToken != token {
		return rt, refuse(http.StatusBadRequest, "token in query does not match the path")
	}
	rt.key = objectKey{path: path, token: token}
	switch rt.kind {
	case LiveEnds:
		if rt.finalHash, ok = parseToken(query.Get("final_hash")); !ok {
			return rt, refuse(http.StatusBadRequest, "final_hash is not base64url of 32 bytes")
		}
		if r.ContentLength > 0 {
			return rt, refuse(http.StatusBadRequest, "end of a live upload must not have a body")
		}
		return rt, nil
	case Uploads, LiveChunks:
		return parseOffsets(rt, r.ContentLength, dialect)
	default:
		return rt, nil
	}
}

func parseOffsets(rt route, contentLength int64, dialect Dialect) (route, *answer) {
	fileOffset, hasFileOffset, ok1 := queryNumber(rt.query, "file_offset")
	start, hasStart, ok2 := queryNumber(rt.query, "bytestart")
	end, hasEnd, ok3 := queryNumber(rt.query, "byteend")
	switch {
	case dialect == WebDialect:
		fileOffset, hasFileOffset, ok1 = 0, false, true
	case dialect == CoarseDialect && rt.kind == Uploads:
		start, hasStart, ok2, end, hasEnd, ok3 = 0, false, true, 0, false, true
	}
	switch {
	case !ok1 || !ok2 || !ok3:
		return rt, refuse(http.StatusBadRequest, "offset is not a decimal number")
	case hasStart != hasEnd:
		return rt, refuse(http.StatusBadRequest, "bytestart and byteend require each other")
	case rt.kind == LiveChunks && !hasStart:
		return rt, refuse(http.StatusBadRequest, "chunk of a live upload needs bytestart and byteend")
	case hasStart && hasFileOffset && start != fileOffset:
		return rt, refuse(http.StatusBadRequest, "file_offset does not match bytestart")
	case hasStart && end < start:
		return rt, refuse(http.StatusBadRequest, "byteend is before bytestart")
	case hasStart && contentLength >= 0 && contentLength != end-start:
		return rt, refuse(http.StatusBadRequest, "length of body is not byteend - bytestart")
	case hasFileOffset && contentLength > math.MaxInt64-fileOffset:
		return rt, refuse(http.StatusBadRequest, "object is too large")
	}
	if hasFileOffset {
		rt.offset = fileOffset
	}
	switch {
	case hasStart:
		rt.offset, rt.total = start, end
	case contentLength >= 0:
		rt.total = rt.offset + contentLength
	}
	return rt, nil
}

// splitUploadPath cuts "/mms/video/TOKEN" into "/mms/video" and "TOKEN".
func splitUploadPath(path string) (uploadPath, token string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash <= 0 {
		return "", "", false
	}
	uploadPath, token = path[:slash], path[slash+1:]
	return uploadPath, token, isUploadPath(uploadPath)
}

func isUploadPath(path string) bool {
	if path == "/product/image" || path == coverPhotoPath {
		return true
	}
	for _, prefix := range []string{"/mms/", "/wa-msgr/mms/", "/newsletter/newsletter-"} {
		if mmsType, ok := strings.CutPrefix(path, prefix); ok && isMMSType(mmsType) {
			return true
		}
	}
	return false
}

func isMMSType(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// uploadPathOf returns the upload path for an mms-type.
func uploadPathOf(mmsType string) string {
	switch {
	case mmsType == "product-catalog-image":
		return "/product/image"
	case mmsType == "biz-cover-photo":
		return coverPhotoPath
	case strings.HasPrefix(mmsType, "newsletter-"):
		return "/newsletter/" + mmsType
	default:
		return "/mms/" + mmsType
	}
}

// parseToken parses 32 bytes in base64url, with padding (whatsmeow) or without (WhatsApp Web).
func parseToken(s string) (token [sha256.Size]byte, ok bool) {
	if len(s) == 44 && s[43] == '=' {
		s = s[:43]
	}
	if len(s) != 43 {
		return token, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != len(token) {
		return token, false
	}
	return [sha256.Size]byte(raw), true
}

func formatToken(token [sha256.Size]byte) string {
	return base64.RawURLEncoding.EncodeToString(token[:])
}

// queryNumber parses a non-negative decimal. ok is false if the value is present but invalid.
func queryNumber(query url.Values, name string) (value int64, has, ok bool) {
	if !query.Has(name) {
		return 0, false, true
	}
	n, err := strconv.ParseUint(query.Get(name), 10, 63)
	return int64(n), true, err == nil
}

// hostName returns a Host header without port.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}
