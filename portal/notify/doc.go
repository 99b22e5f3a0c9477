// Package notify tells people by mail, and systems by Pub/Sub, what became of a
// request: that it waits for a reviewer, and how it ended; and of an activation
// that an administrator took.
//
// It knows how a mail reads, how it threads in a client and how it reaches the
// one mail server of the configuration. It decides nothing, keeps nothing and
// repeats nothing: whatever did not go out is a Failure in the answer, and to
// send it again is the caller's. What always holds:
//
//   - A call ends within ten seconds, and nothing of it is left running: no
//     connection, no goroutine, no retry.
//   - What a person wrote reaches no header but the subject, from there only as
//     printable ASCII, and never adds a recipient, a line or markup.
//   - Credentials travel only under TLS to the server that the configuration
//     names, or to this machine.
//   - Addresses are plain ASCII. An address that only looks like another one is
//     written with its code points, so that it does not.
package notify
