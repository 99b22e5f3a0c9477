// Package web is the portal as browsers see it: routes, handlers, headers and
// errors.
//
// It knows who asks only from the assertion of Identity-Aware Proxy, and lets
// nobody past without one. GET shows and changes nothing; POST acts, comes from
// the portal's own pages only, ends in 303, and may be repeated. Pages are
// rendered whole before their first byte is sent. What Google answered, what a
// policy holds and who else is in it never reach a browser; they go to the log
// under the request's number. An unknown error is a neutral page.
package web
