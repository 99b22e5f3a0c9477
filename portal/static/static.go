// Package static holds the portal's stylesheet, script and icons, embedded in the binary.
//
// Each file has an address that holds a digest of its content, so a browser may cache it for ever
// and never shows the pages of one version with the files of another. It serves nothing else: no
// listing, no other name, no older digest.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// Prefix is what the addresses of all files begin with.
const Prefix = "/static/"

// The names of the files.
const (
	Stylesheet = "portal.css"
	Script     = "portal.js"
	Icons      = "icons.svg"
)

//go:embed portal.css portal.js icons.svg
var content embed.FS

// asset is one file as it is served.
type asset struct {
	name, address, contentType string
	body                       []byte
}

var assets = []asset{
	load(Stylesheet, "text/css; charset=utf-8"),
	load(Script, "text/javascript; charset=utf-8"),
	load(Icons, "image/svg+xml"),
}

func load(name, contentType string) asset {
	body, err := content.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("reading embedded %s: %v", name, err))
	}
	return asset{name: name, address: address(name, body), contentType: contentType, body: body}
}

// address puts 64 bits of the content's digest between the name and its extension.
func address(name string, body []byte) string {
	digest := sha256.Sum256(body)
	extension := path.Ext(name)
	return Prefix + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(digest[:8]) + extension
}

// Asset is the address of a file, for example /static/portal.0123456789abcdef.css for Stylesheet.
// It panics for a name of no file: a page that asks for one is a mistake of the program.
func Asset(name string) string {
	for _, a := range assets {
		if a.name == name {
			return a.address
		}
	}
	panic("no static file is called " + name)
}

// Handler serves the files at their addresses, to be cached for a year, and returns 404 for every
// other path.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, a := range assets {
			if a.address == r.URL.Path {
				w.Header().Set("Content-Type", a.contentType)
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
				http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.body))
				return
			}
		}
		http.NotFound(w, r)
	})
}
