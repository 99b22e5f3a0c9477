package world

import (
	"slices"
	"strings"
)

// Secret returns the versions of a secret, projects/ID/secrets/NAME, the
// oldest first: version 1 is the first. The project's number is accepted too.
// False if there is no such secret.
func (w *World) Secret(name string) ([][]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	project, secret, _ := strings.Cut(name, "/secrets/")
	project, _ = w.resolve(project)
	versions, ok := w.secrets[project+"/secrets/"+secret]
	return slices.Clone(versions), ok
}
