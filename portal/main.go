// Command portal serves the pages on which people activate the roles that they are eligible for. It
// is configured by environment variables alone; see docs/portal.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/app"
)

// version is set when a release is built.
var version = "dev"

// garbage is how far the heap grows before it is cleaned up, in percent of what is in use. Little
// of what a page needs is in use for long, so that twice the usual saves a tenth of the time.
const garbage = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := app.Run(ctx, app.Options{Lookup: os.LookupEnv, Log: os.Stdout, Version: version}); err != nil {
		fmt.Fprintf(os.Stderr, "portal: %v\n", err)
		os.Exit(1)
	}
}
