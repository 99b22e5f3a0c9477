// Package audit writes down what happened at the portal, refusals too, as one JSON object a line in
// the form that Cloud Logging reads, and reads its own lines back.
//
// Names of events and labels are a contract: those of JIT Access 1.8.1 are kept, so that queries
// and alerts made for it go on working. New ones are added, none is renamed. Whatever a person
// wrote is a JSON string and can make no line, no key and no label of its own. A line is never
// longer than Cloud Logging accepts. What is read back is read from labels and payload, never from
// the message.
package audit
