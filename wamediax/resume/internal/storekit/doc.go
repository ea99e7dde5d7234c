// Package storekit is what the tests of the stores share: databases, locks and
// child processes.
package storekit
