package world_test

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// A file that is accepted is a world whose resources can all be read; no file makes Parse down.
func FuzzParse(f *testing.F) {
	f.Add(world.Demo())
	f.Add([]byte(`{"organization": {"number": "1", "customer": "C1", "domains": ["example.com"], "policy": {"bindings": []}}}`))
	f.Add([]byte(`{"organization": {"number": "1", "projects": [{"id": "project-a", "number": "7", "labels": {"a": "b"}}]}, "users": [{"email": 1}]}`))
	f.Add([]byte(`[{"organization"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := world.Parse("w.json", data, world.Options{})
		if err != nil {
			return
		}
		for _, name := range w.Resources() {
			if line := w.Ancestors(name); len(line) == 0 || line[0] != name || line[len(line)-1] != "organizations/"+w.Organization().Number {
				t.Errorf("ancestors of %s: %v", name, line)
			}
		}
	})
}
