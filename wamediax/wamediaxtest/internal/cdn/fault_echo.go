package cdn

import (
	"net/http"
	"strings"
)

// Echo is wamediaxtest.Echo.
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

// Raw is wamediaxtest.Raw.
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
