// Package storekit contains what the stores' tests share: databases, locks and
// child processes.
package storekit
