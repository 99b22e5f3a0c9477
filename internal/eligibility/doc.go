// Package eligibility knows the grammar of just-in-time access in Cloud IAM: how an eligible
// binding says who may activate a role, how an activation says who has it and until when, and the
// nouns that follow from both.
//
// It refuses what it cannot read twice in the same way. A condition is read as a tree, by the
// language of IAM conditions, and as text, by the rule of JIT Access 1.8.1; only where both
// readings agree does a binding count. Where they do not, and for near misses, there is a Finding:
// a sentence that says what is seen and what to write.
//
// The package is pure: it has no clock and performs no I/O. It keeps nothing but what it has read
// of texts, within a bound, which changes no result. No input makes it panic, and what it writes,
// it reads back as the same.
package eligibility
