// Package testbed sets up a whole Google Cloud with the portal in it, on the
// loopback interface: the emulator, a metadata server, Identity-Aware Proxy's
// stand-in, and the portal as processes of their own.
//
// Tests, benchmarks and the demo play on it. It knows the portal as a command
// with an environment and nothing more, so what works here works as released.
// Everything that it starts ends with Close.
package testbed
