// Package policy reads and writes the IAM allow policies of projects, folders and organizations,
// and is the only code that writes one.
//
// It knows Google's rules for a read-modify-write: a policy is read with version 3, so that no
// condition is lost; written with the etag of that read, so that nobody else's change is lost; and
// read again after every conflict. What to change it does not know: a [Change] is handed in,
// decides on the policy that it changes and is asked again whenever another one was read.
//
// It refuses to write a policy that came without an etag, which would replace whatever stands
// there, and one above version 3, whose meaning it cannot know. What has a null among its bindings
// is no policy of Google's. Bindings that no change touched go back as they came, in their order.
//
// Changes to one resource that meet are written together (group commit), each with a result of its
// own. What Google has just refused is not tried again for a minute unless the policy changes, and
// whose change that was holds up nobody else. No lock is held across a call to Google.
//
// Those who only look read [Excerpts]: the bindings of a policy that say something about
// just-in-time access, and no others. Reads that are asked for at the same time are shared, but
// none that began before it was asked for. An excerpt is no [Policy], so that none is ever written.
package policy
