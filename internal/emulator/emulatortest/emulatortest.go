// Package emulatortest starts emulators for tests and stops them.
package emulatortest

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
)

// Start starts an emulator that is closed when the test ends.
func Start(t testing.TB, o emulator.Options) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(o)
	if err != nil {
		t.Fatalf("starting the emulator: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	return e
}
