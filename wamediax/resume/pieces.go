package resume

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/wamediax/whatsmeow-ext/wamediax/internal/failover"
)

// sendInPieces sends the object from offset on in requests of at most up.piece bytes, then the
// request that ends it. (WA Web's UploadStreamer; like the chunks of a live upload, but under the
// object's own token, so that probes find them.)
func (up *upload) sendInPieces(ctx context.Context, offset int64) (*answer, *failover.Result) {
	began := offset
	for offset < up.size {
		end := min(offset+up.piece, up.size)
		query := url.Values{
			"stream":    {"1"},
			"bytestart": {strconv.FormatInt(offset, 10)},
			"byteend":   {strconv.FormatInt(end, 10)},
		}
		if _, failure := up.sendPart(ctx, query, offset, end, discardBody); failure != nil {
			return nil, up.inPieces(failure, offset > began)
		}
		offset = end
		up.mayHold = true // a host may have bytes from now on
		if offset > up.confirmed {
			up.confirmed = offset
			up.hosts.Progressed()
		}
		up.report(offset)
	}
	query := url.Values{"stream": {"1"}, "final_hash": {up.obj.Token}}
	ans, _, failure := up.post(ctx, query, objectPart{http.NoBody, up.size, up.size}, located(up.obj.Naming))
	if failure != nil {
		// If this attempt sent the whole object and the host took it, a restart cannot change the
		// hash.
		failure.Resumed = failure.Resumed && !(began == 0 && hashRefused(failure.Err))
		return nil, up.inPieces(failure, true)
	}
	return ans, nil
}

// inPieces adjusts the failure of one of several requests. If the host took the previous pieces,
// the failure is treated as if this request had moved bytes.
func (up *upload) inPieces(failure *failover.Result, taken bool) *failover.Result {
	failure.Moved = failure.Moved || taken
	return failure
}
