package world

import (
	"fmt"
	"slices"
	"strings"
)

// Secret returns the versions of a secret, projects/ID/secrets/NAME, the oldest first: version 1 is
// the first. The project's number is accepted too. False if there is no such secret.
func (w *World) Secret(name string) ([][]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	versions, ok := w.secrets[w.resolveIn(name)]
	return slices.Clone(versions), ok
}

// AddSecretVersion adds a version to a secret, and makes the secret if need be. It is an error if
// there is no such project, or if the name is not one.
func (w *World) AddSecretVersion(name, data string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	name = w.resolveIn(name)
	project, secret, _ := strings.Cut(name, "/secrets/")
	home := w.resources[project]
	if home == nil || home.project == nil || !secretName.MatchString(secret) {
		return fmt.Errorf("adding a version to %s: no such project, or not a secret's name", name)
	}
	w.secrets[name] = append(w.secrets[name], []byte(data))
	return nil
}
