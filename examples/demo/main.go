// Command demo runs the whole of JIT Access on one machine: an emulated Google Cloud, the provider
// under the real Terraform, and the portal behind a stand-in for Identity-Aware Proxy. With -check
// it acts for all people itself and reports whether everything worked.
//
// The released binaries run as processes of their own and differ from production in endpoints and
// credentials only. Its files are in a folder that is removed at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// options are what the command line says.
type options struct {
	check    bool
	profile  string
	binaries string
	source   string
	listen   string
}

func main() {
	var o options
	flag.BoolVar(&o.check, "check", false, "play administrator and user, and exit with 0 or 1")
	flag.StringVar(&o.profile, "profile", "", `"hostile" for a bad day: conflicts, lag, outages, quotas, latency`)
	flag.StringVar(&o.binaries, "bin", "bin", "folder of the built provider and portal")
	flag.StringVar(&o.source, "terraform", filepath.Join("examples", "demo"), "folder of the Terraform configuration")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "where the portal is to be opened, host and port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	d, err := setUp(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.tearDown()) }()
	if o.check {
		return d.check(ctx)
	}
	return d.show(ctx)
}
