package metadata

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// directory is a directory of the metadata server. Its entries are directories, secrets and values:
// text, numbers and lists of text.
type directory map[string]any

// secret makes a value when its name is requested. With recursive=true it is left out.
type secret func() any

// ServeHTTP serves the entry that the path names: a value as text, a secret as JSON, a directory as
// the list of its entries, or with recursive=true as one JSON object.
func (d directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry, ok := d.find(strings.TrimPrefix(r.URL.Path, root))
	if !ok {
		http.NotFound(w, r)
		return
	}
	switch e := entry.(type) {
	case directory:
		switch {
		case !strings.HasSuffix(r.URL.Path, "/"):
			http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
		case r.URL.Query().Get("recursive") == "true":
			writeJSON(w, e.tree())
		default:
			writeText(w, e.list())
		}
	case secret:
		writeJSON(w, e())
	case []string:
		writeText(w, strings.Join(e, "\n")+"\n")
	default:
		writeText(w, fmt.Sprint(e))
	}
}

func (d directory) find(path string) (any, bool) {
	name, rest, deeper := strings.Cut(path, "/")
	if name == "" && !deeper {
		return d, true
	}
	entry, ok := d[name]
	inner, isDirectory := entry.(directory)
	if deeper && isDirectory {
		return inner.find(rest)
	}
	return entry, ok && !deeper
}

// list names the entries, a line each; directories end in a slash.
func (d directory) list() string {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d)) {
		lines.WriteString(name)
		if _, ok := d[name].(directory); ok {
			lines.WriteString("/")
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

// tree is the directory and everything below it, but for secrets.
func (d directory) tree() map[string]any {
	tree := map[string]any{}
	for name, entry := range d {
		switch e := entry.(type) {
		case secret:
		case directory:
			tree[camelCase(name)] = e.tree()
		default:
			tree[camelCase(name)] = e
		}
	}
	return tree
}

// camelCase is how the server writes numeric-project-id in JSON: numericProjectId. Addresses of
// service accounts stay.
func camelCase(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	words := strings.Split(name, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/text")
	_, _ = io.WriteString(w, text) // fails only if the client is gone
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // fails only if the client is gone
}
