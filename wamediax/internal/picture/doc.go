// Package picture reads pictures that strangers made: their headers, their structure and how they lie.
package picture
