// Package storetest tests stores of uploads.
package storetest
