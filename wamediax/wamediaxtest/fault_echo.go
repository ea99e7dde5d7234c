package wamediaxtest

import (
	"net/http"
	"strings"
)

// Echo answers like [Status], with header fields and a body of the test's own. In both, {auth} stands for the request's auth
// token and {uri} for its path and query as they were sent: a host that quotes what it was asked. Put so much in front of
// {auth} that the token lies across whatever limit a client cuts quoted answers at. header may be nil.
//
//	Echo(404, nil, "<p>The requested URL {uri} was not found.")
//	Echo(302, http.Header{"Location": {"https://%zz{uri}"}}, "")
//
// net/http sends no malformed header fields: for those, and for a malformed status line, see [Raw].
func Echo(status int, header http.Header, body string) Effect {
	header = header.Clone()
	return Effect{takeOver: func(x *exchange) {
		quote := x.quoter()
		a := answer{status: status, header: make(http.Header), body: []byte(quote.Replace(body))}
		for name, values := range header {
			for _, value := range values {
				a.header.Add(name, quote.Replace(value))
			}
		}
		x.answerEarly(a)
	}}
}

// Raw takes nothing, sends exactly this text in place of an answer, and closes the connection. {auth} and {uri} stand for
// the same as in [Echo]. The whole request body is read and dropped before; the record's Status is 0.
//
//	Raw("HTTP/1.1 200 OK\r\nContent-Length: {auth}\r\n\r\n")
//	Raw("HTTP/1.1 2{auth} OK\r\n\r\n")
//	Raw("POST {uri} HTTP/1.1\r\n\r\n")
//
// There is no text on a connection of HTTP/2: such a request is answered with 505, so that no test passes for that reason.
func Raw(text string) Effect {
	return Effect{takeOver: func(x *exchange) {
		if x.r.ProtoMajor != 1 {
			x.answerEarly(errorAnswer(http.StatusHTTPVersionNotSupported, "wamediaxtest: Raw needs a client that speaks HTTP/1.1"))
			return
		}
		if x.drop() != nil {
			x.cut()
		}
		x.sendRaw(x.quoter().Replace(text), x.effect.half)
	}}
}

// quoter fills in what Echo and Raw quote of the request.
func (x *exchange) quoter() *strings.Replacer {
	return strings.NewReplacer("{auth}", x.route.query.Get("auth"), "{uri}", x.r.RequestURI)
}
