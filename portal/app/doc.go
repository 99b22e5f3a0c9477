// Package app wires the portal from its configuration: the environment variables of JIT Access
// 1.8.1, and what the metadata server says about where it runs.
//
// It is the only package that imports all others of the portal, and adapts them to each other. All
// problems of a configuration are reported at once, before anything is served. Health checks are
// answered from the first moment, and pages wait until the portal knows where it runs.
package app
