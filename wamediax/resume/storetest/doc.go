// Package storetest tests implementations of [resume.Store] with a single call,
// as testing/fstest does for file systems.
//
//	use this          to test
//	[TestStore]       a store, in a program or a test
//	[Run]             the same, with one subtest per rule
//
// The rules are those in the doc comment of [resume.Store]. Some need more than
// a constructor and are not tested: that records survive a killed process and
// its locks end, and that Purge respects the age of records.
package storetest
