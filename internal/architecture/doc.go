// Package architecture knows which package may import which, and has no code of its own: its tests
// hold the table of rules against what go list says of this module. A package without a rule fails
// them, so every new one gets its rule first. The reasons for the rules are in DESIGN.md.
package architecture
