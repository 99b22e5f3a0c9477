package systemtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/app"
)

// asPortal in the environment makes this test binary the portal, as a process of its own that the
// race detector sees too where it sees the tests.
const asPortal = "JITACCESS_TEST_PORTAL"

func TestMain(m *testing.M) {
	if os.Getenv(asPortal) != "" {
		os.Exit(runPortal())
	}
	os.Exit(m.Run())
}

// runPortal is the command of the portal, which ends with the test that started it, even one that
// was killed.
func runPortal() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := app.Run(ctx, app.Options{Lookup: os.LookupEnv, Log: os.Stdout, Version: "test"}); err != nil {
		fmt.Fprintf(os.Stderr, "portal: %v\n", err)
		return 1
	}
	return 0
}
