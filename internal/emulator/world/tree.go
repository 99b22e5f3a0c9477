package world

import (
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// Project is one project. Parent is "folders/N" or "organizations/N"; State is ACTIVE or
// DELETE_REQUESTED.
type Project struct {
	ID, Number, DisplayName, Parent, State string
	Labels                                 map[string]string
}

// Folder is one folder. Parent is "folders/N" or "organizations/N".
type Folder struct{ Number, DisplayName, Parent string }

// resource is a node of the tree: an organization, a folder, a project or a service account.
type resource struct {
	name, parent string
	project      *Project
	folder       *Folder
	policy       history[*iampb.Policy]
}

// Resolve returns the name by which the world stores a resource: organizations/N, folders/N,
// projects/ID (the number is accepted too) or projects/ID/serviceAccounts/EMAIL (with - as the
// project too).
func (w *World) Resolve(name string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.resolve(name)
}

func (w *World) resolve(name string) (string, bool) {
	rest, isProject := strings.CutPrefix(name, "projects/")
	if isProject {
		id, account, nested := strings.Cut(rest, "/serviceAccounts/")
		if number, ok := w.numbers[id]; ok {
			id = number
		}
		if nested && id == "-" {
			id = w.accounts[fold(account)].Project
		}
		name = "projects/" + id
		if nested {
			name += "/serviceAccounts/" + fold(account)
		}
	}
	_, ok := w.resources[name]
	return name, ok
}

// resolveIn returns the name by which the world stores something in a project that has no policy of
// its own: projects/ID/KIND/NAME. The project's number is accepted too.
func (w *World) resolveIn(name string) string {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) < 3 {
		return name
	}
	project, _ := w.resolve(parts[0] + "/" + parts[1])
	return project + "/" + parts[2]
}

// Type is Google's name for the type of a resource.
func Type(name string) string {
	kind, _, _ := strings.Cut(name, "/")
	switch {
	case strings.Contains(name, "/serviceAccounts/"):
		return "iam.googleapis.com/ServiceAccount"
	case kind == "projects":
		return "cloudresourcemanager.googleapis.com/Project"
	case kind == "folders":
		return "cloudresourcemanager.googleapis.com/Folder"
	}
	return "cloudresourcemanager.googleapis.com/Organization"
}

// Ancestors returns the resource itself and what it stands in, the organization last. Nothing for
// an unknown resource.
func (w *World) Ancestors(name string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ancestors(name)
}

func (w *World) ancestors(name string) []string {
	name, _ = w.resolve(name)
	var line []string
	for r := w.resources[name]; r != nil; r = w.resources[r.parent] {
		line = append(line, r.name)
	}
	return line
}

// Resources returns the names of everything that can have a policy, sorted.
func (w *World) Resources() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.resources))
}

// Project finds a project by its id or number.
func (w *World) Project(idOrNumber string) (Project, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, ok := w.resolve("projects/" + idOrNumber)
	if !ok || w.resources[name].project == nil {
		return Project{}, false
	}
	return *w.resources[name].project, true
}

// Projects returns all projects, sorted by id.
func (w *World) Projects() []Project {
	w.mu.Lock()
	defer w.mu.Unlock()
	var projects []Project
	for _, name := range slices.Sorted(maps.Keys(w.resources)) {
		if p := w.resources[name].project; p != nil {
			projects = append(projects, *p)
		}
	}
	return projects
}

// Folder finds a folder by its number.
func (w *World) Folder(number string) (Folder, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.resources["folders/"+number]
	if r == nil {
		return Folder{}, false
	}
	return *r.folder, true
}

// Folders returns all folders, sorted by number.
func (w *World) Folders() []Folder {
	w.mu.Lock()
	defer w.mu.Unlock()
	var folders []Folder
	for _, name := range slices.Sorted(maps.Keys(w.resources)) {
		if f := w.resources[name].folder; f != nil {
			folders = append(folders, *f)
		}
	}
	return folders
}

// fold returns an address in the form that is compared and stored.
func fold(email string) string { return strings.ToLower(email) }
