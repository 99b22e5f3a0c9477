package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
)

// response is a whole response before its first byte is sent. It is an http.ResponseWriter for
// handlers written by hand.
type response struct {
	status  int
	header  http.Header
	body    bytes.Buffer
	trailer map[string]string // gRPC only
	code    codes.Code
}

func newResponse() *response { return &response{status: http.StatusOK, header: http.Header{}} }

func (a *response) Header() http.Header         { return a.header }
func (a *response) WriteHeader(status int)      { a.status = status }
func (a *response) Write(p []byte) (int, error) { return a.body.Write(p) }

// jsonResponse is a response with the headers that Google's front end sends.
func jsonResponse(status int, body []byte) *response {
	a := newResponse()
	a.status = status
	a.header.Set("Content-Type", "application/json; charset=UTF-8")
	for _, v := range []string{"Origin", "X-Origin", "Referer"} {
		a.header.Add("Vary", v)
	}
	a.header.Set("Server", "ESF")
	a.header.Set("Cache-Control", "private")
	a.header.Set("X-Content-Type-Options", "nosniff")
	a.body.Write(body)
	return a
}

// WriteJSON writes the response of a handler written by hand, as today's services do: 200 and the
// value, or the error, which is a gRPC status.
func WriteJSON(w http.ResponseWriter, r *http.Request, value any, err error) {
	var body []byte
	if err == nil {
		body, err = json.MarshalIndent(value, "", "  ")
	}
	a := jsonResponse(http.StatusOK, append(body, '\n'))
	if err != nil {
		a = statusEnvelope(callErrorFrom(err), isDiscovery(r))
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // fails only if the client is gone
}

// nonsenseResponse is a page as proxies and sign-in pages send it where JSON is expected.
func nonsenseResponse() *response {
	a := newResponse()
	a.code = codes.Unknown
	a.header.Set("Content-Type", "text/html; charset=UTF-8")
	a.body.WriteString("<!DOCTYPE html>\n<html lang=en><title>Sign in</title><p>This is not the page you are looking for.</html>\n")
	return a
}

// deliver sends the response, or the part of it that the fault allows.
func deliver(w http.ResponseWriter, r *http.Request, a *response, fault FaultKind) {
	if a == nil || fault == Lose {
		hangUp(r)
	}
	isREST := a.trailer == nil
	body := a.body.Bytes()
	if isREST && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 0 && fault != Half {
		body = compress(body)
		a.header.Set("Content-Encoding", "gzip")
	}
	maps.Copy(w.Header(), a.header)
	if isREST {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if fault == Half {
		w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush() // the connection ends here either way
		hangUp(r)
	}
	w.Write(body)
	for key, value := range a.trailer {
		w.Header().Set(http.TrailerPrefix+key, value)
	}
}

// hangUp ends the connection, not only this exchange, and does not return.
func hangUp(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		c.Close()
	}
	panic(http.ErrAbortHandler)
}

// compressors are used again, because each has a megabyte of tables.
var compressors = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func compress(body []byte) []byte {
	var zipped bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&zipped)
	_, _ = z.Write(body) // into memory: it takes everything
	_ = z.Close()
	return zipped.Bytes()
}
