// Command portal serves the pages on which people activate the roles that they are eligible for. It
// is configured by environment variables alone; see docs/portal.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/app"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := app.Run(ctx, app.Options{Lookup: os.LookupEnv, Log: os.Stdout, Version: version}); err != nil {
		fmt.Fprintf(os.Stderr, "portal: %v\n", err)
		os.Exit(1)
	}
}
