package resume

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// sendInPieces sends the object from offset on in requests of up.piece bytes at most, and then the request that ends it (WA
// Web's UploadStreamer: the chunks of a live upload, but under the object's own token, so that a probe finds them).
func (up *upload) sendInPieces(ctx context.Context, offset int64) (*answer, *failover.Result) {
	began := offset
	for offset < up.size {
		end := min(offset+up.piece, up.size)
		query := url.Values{
			"stream":    {"1"},
			"bytestart": {strconv.FormatInt(offset, 10)},
			"byteend":   {strconv.FormatInt(end, 10)},
		}
		if _, failure := up.sendStretch(ctx, query, offset, end, ignored); failure != nil {
			return nil, up.inPieces(failure, offset > began)
		}
		offset = end
		up.doubt = true // later attempts have something to find
		if offset > up.confirmed {
			up.confirmed = offset
			up.hosts.Progressed()
		}
		up.report(offset)
	}
	query := url.Values{"stream": {"1"}, "final_hash": {up.obj.Token}}
	ans, _, failure := up.post(ctx, query, stretch{http.NoBody, up.size, up.size}, located(up.obj.Naming))
	if failure != nil {
		// All of this attempt's bytes were taken, so where it has sent all there are, another one cannot make the hash right.
		failure.Resumed = failure.Resumed && !(began == 0 && hashRefused(failure.Err))
		return nil, up.inPieces(failure, true)
	}
	return ans, nil
}

// inPieces is a failure of one of several requests. taken says that the host has taken those before: then it is worth another
// attempt as if the bytes had moved in this one.
func (up *upload) inPieces(failure *failover.Result, taken bool) *failover.Result {
	failure.Moved = failure.Moved || taken
	return failure
}
