// Command tally runs go test with the arguments that it is given and prints what a person wants to
// read of it: a line for each package, the whole output of what failed, the reason of everything
// that was skipped, and the totals. Go test itself either hides skipped tests or drowns them; here
// a test that did not run is never silent.
//
// It exits 0 only if go test did and no test failed.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	test := exec.Command("go", append([]string{"test", "-json"}, args...)...) //nolint:gosec,noctx // what the caller asks for, for as long as it takes
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		return fmt.Errorf("opening go test's output: %w", err)
	}
	if err := test.Start(); err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	totals, readErr := report(events, os.Stdout)
	if err := test.Wait(); err != nil {
		return fmt.Errorf("running go test: %w", err)
	}
	if readErr != nil {
		return readErr
	}
	if totals.Failed > 0 {
		return fmt.Errorf("%d failed", totals.Failed)
	}
	return nil
}
