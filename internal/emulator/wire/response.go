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

	"google.golang.org/grpc/codes"
)

// answer is a whole answer before its first byte leaves. It is a
// http.ResponseWriter for handlers written by hand.
type answer struct {
	status  int
	header  http.Header
	body    bytes.Buffer
	trailer map[string]string // gRPC only
	code    codes.Code
}

func newAnswer() *answer { return &answer{status: http.StatusOK, header: http.Header{}} }

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// jsonAnswer is an answer with the headers that Google's front end sends.
func jsonAnswer(status int, body []byte) *answer {
	a := newAnswer()
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

// WriteJSON answers a call of a handler written by hand, as today's services
// do: with 200 and the value, or with the error, which is a gRPC status.
func WriteJSON(w http.ResponseWriter, r *http.Request, value any, err error) {
	var body []byte
	if err == nil {
		body, err = json.MarshalIndent(value, "", "  ")
	}
	a := jsonAnswer(http.StatusOK, append(body, '\n'))
	if err != nil {
		a = newEnvelope(refusalFrom(err), isDiscovery(r))
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // a client that has gone away cannot be told
}

func nonsense() *answer {
	a := newAnswer()
	a.code = codes.Unknown
	a.header.Set("Content-Type", "text/html; charset=UTF-8")
	a.body.WriteString("<!DOCTYPE html>\n<html lang=en><title>Sign in</title><p>This is not the page you are looking for.</html>\n")
	return a
}

// deliver sends the answer, as much of it as the fault leaves.
func deliver(w http.ResponseWriter, r *http.Request, a *answer, fault FaultKind) {
	if a == nil || fault == Lose {
		hangUp(r)
	}
	isREST := a.trailer == nil
	body := a.body.Bytes()
	if isREST && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 0 && fault != Half {
		body = deflate(body)
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

func deflate(body []byte) []byte {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(body) // into memory: it takes everything
	_ = z.Close()
	return zipped.Bytes()
}
