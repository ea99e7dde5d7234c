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

// read returns the HTTP client in a field of cli. It returns false if this version of whatsmeow has
// no such field.
//
// whatsmeow has setters for these fields but no getters, so read uses unsafe. It checks the field's
// type first, and reads nothing but a pointer of that type.
func read(cli *whatsmeow.Client, field string) (client *http.Client, ok bool) {
	value := reflect.ValueOf(cli).Elem().FieldByName(field)
	if !value.IsValid() || value.Type() != reflect.TypeFor[*http.Client]() {
		return nil, false
	}
	return (*http.Client)(value.UnsafePointer()), true
}
