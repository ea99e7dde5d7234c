package mediahttp

import (
	"net/http"
	"reflect"

	"go.mau.fi/whatsmeow"
)

// The fields of [whatsmeow.Client] that hold its HTTP clients.
const (
	mediaField     = "mediaHTTP"
	websocketField = "websocketHTTP"
	preLoginField  = "preLoginHTTP"
)

// read returns the HTTP client in a field of cli. It reports false if this version of whatsmeow has
// no such field.
//
// whatsmeow has setters for these fields and no getters, so the pointer is taken past the compiler's
// checks. The field's type is checked first: a pointer of that type is all that is ever read.
func read(cli *whatsmeow.Client, field string) (client *http.Client, ok bool) {
	value := reflect.ValueOf(cli).Elem().FieldByName(field)
	if !value.IsValid() || value.Type() != reflect.TypeFor[*http.Client]() {
		return nil, false
	}
	return (*http.Client)(value.UnsafePointer()), true
}
