// Command floor is the smallest possible portal: it listens, says so as the portal does, and
// answers health checks. Its time and memory are what Go itself takes of the portal's figures.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", os.Getenv("LISTEN_ADDRESS"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "listening:", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stdout, "{\"message\":\"Listening on %s\"}\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"healthy":true,"details":{}}`)) // fails only if the client is gone
	})}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() }) // ends Serve
	_ = server.Serve(listener)
}
