package cdn

import (
	"net/http"
	"strings"
)

// Echo implements wamediaxtest.Echo.
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

// Raw implements wamediaxtest.Raw.
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

// quoter expands the placeholders in the text of Echo and Raw.
func (x *exchange) quoter() *strings.Replacer {
	return strings.NewReplacer("{auth}", x.route.query.Get("auth"), "{uri}", x.r.RequestURI)
}
