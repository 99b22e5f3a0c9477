// Package activation has the rules: who may activate what, for how long and with which
// justification, and how an activation ends.
//
// Each verb has a file of its own and ends in a change to a policy. The change decides on the
// policy that it changes: what was true a moment ago counts for nothing once somebody else has
// written. What a project's policy cannot show, a binding of a folder or a membership, was
// confirmed at most ten seconds before; after that it is confirmed again.
//
// It refuses every activation on the projects that the portal guards, its own first. An activation
// never shortens a window that is open, is written for all of its roles or for none, and has an id
// by which a repeated order finds it instead of writing it again.
package activation
