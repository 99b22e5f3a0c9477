// Package systemtest holds the tests of the portal as a whole: processes of the portal, with Google
// Cloud and Identity-Aware Proxy emulated around them, asked over HTTP as browsers ask.
//
// There is nothing in it but tests. The test binary is the portal too, so that the race detector
// sees both. They count upstream calls, inject faults at each of them, run several instances, and
// hold what is written against JIT Access 1.8.1's own rules.
package systemtest
