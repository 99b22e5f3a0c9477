package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
)

//go:embed viewer.html
var viewerHTML string

var viewerPage = template.Must(template.New("viewer").Parse(viewerHTML))

// viewer is a web server that shows the policies as they are now. It is no part of the portal.
type viewer struct {
	*http.Server
	address string
}

func (d *demo) serveViewer() (*viewer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.showPolicies)
	mux.HandleFunc("GET /projects/{project}", d.showPolicy)
	mux.HandleFunc("GET /inbox", d.showInbox)
	mux.HandleFunc("GET /inbox/{number}", d.showMail)
	v := &viewer{
		Server:  &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
		address: "http://" + listener.Addr().String(),
	}
	go func() { _ = v.Serve(listener) }() // ends with Close
	return v, nil
}

func (d *demo) showPolicies(w http.ResponseWriter, _ *http.Request) {
	d.view(w, map[string]any{"Projects": d.testbed.World().Projects()})
}

func (d *demo) showPolicy(w http.ResponseWriter, r *http.Request) {
	stored, ok := d.testbed.World().Policy("projects/" + r.PathValue("project"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	text, err := protojson.Marshal(stored)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var p policy
	if err := json.Unmarshal(text, &p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	d.view(w, map[string]any{"Project": r.PathValue("project"), "Policy": p, "Now": time.Now().UTC().Format(time.RFC3339)})
}

func (d *demo) showInbox(w http.ResponseWriter, _ *http.Request) {
	d.view(w, map[string]any{"Inbox": true, "Mails": d.inbox.all()})
}

func (d *demo) showMail(w http.ResponseWriter, r *http.Request) {
	m, ok := d.inbox.at(r.PathValue("number"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	link, _ := m.link() // not every mail has one
	d.view(w, map[string]any{"Mail": m, "Link": link})
}

func (d *demo) view(w http.ResponseWriter, model map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = viewerPage.Execute(w, model) // fails only if the browser is gone
}
