// Package web is the portal as browsers see it: routes, handlers, headers and errors.
//
// It identifies people only by the assertion of Identity-Aware Proxy, and refuses requests without
// one. GET shows and changes nothing; POST acts, comes from the portal's own pages only, ends in
// 303, and may be repeated. Other sites can link to a page, and use it in no other way. Pages are
// rendered whole before their first byte is sent. Google's own messages, the contents of policies
// and the people in them never reach a browser; they go to the log under the number of the request.
// An unknown error is a neutral page.
package web
