// Package testbed sets up a whole Google Cloud with the portal in it, on the loopback interface:
// the emulator, a metadata server, Identity-Aware Proxy's stand-in, and the portal as processes of
// their own.
//
// Tests, benchmarks and the demo use it. All it knows of the portal is a command and its
// environment, so what works here works as released. Everything that it starts ends with Close.
package testbed
