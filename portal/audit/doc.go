// Package audit writes down what happened at the portal, refusals too, as one
// JSON object a line in the form that Cloud Logging reads.
//
// Names of events and labels are a contract: those of JIT Access 1.8.1 are kept,
// so that queries and alerts made for it go on working; new ones are added, none
// is renamed. Whatever a person wrote is a JSON string and can make no line, no
// key and no label of its own. The package knows no policy and no request: it
// takes plain values.
package audit
