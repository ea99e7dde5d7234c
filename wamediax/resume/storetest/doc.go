// Package storetest tests implementations of [resume.Store], as testing/fstest
// tests file systems: one call from a test of your own.
//
//	use this          to test
//	[TestStore]       one kind of store, in a program or a test
//	[Run]             the same, one subtest per rule
//
// The rules are those of the doc comment of [resume.Store]. Not tested, because
// they need more than a constructor: that records and locks survive or end with
// a process that is killed, and that Purge goes by age.
package storetest
