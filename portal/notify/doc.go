// Package notify notifies people by mail, and systems by Pub/Sub, of requests that wait for a
// reviewer, of how they ended, and of activations that an administrator revoked.
//
// It knows what a mail says, which mail it replies to and how it reaches the one mail server of the
// configuration. It decides nothing, stores nothing and retries nothing: what was not sent is
// returned and logged, and sending it again is up to the caller. What always holds:
//
//   - A call ends within ten seconds, and nothing of it is left running: no
//     connection, no goroutine, no retry.
//   - What a person wrote reaches no header but the subject, from there only as
//     printable ASCII, and never adds a recipient, a line or markup.
//   - Credentials are sent only under TLS to the server that the configuration
//     names, or to this machine.
//   - Addresses are plain ASCII. An address that only looks like another one is
//     written with its code points, so that it does not.
package notify
