package emulator

import (
	"encoding/json"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// inspection shows what a running emulator has seen: the journal, which DELETE
// empties, and what was published to topics.
func (e *Emulator) inspection() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /journal", func(w http.ResponseWriter, _ *http.Request) {
		calls := []shownCall{}
		for _, c := range e.Journal().Calls() {
			shown := shownCall{Call: c}
			if !c.End.IsZero() {
				shown.Status = code.Code(c.Code).String()
			}
			calls = append(calls, shown)
		}
		show(w, map[string]any{"calls": calls})
	})
	mux.HandleFunc("DELETE /journal", func(w http.ResponseWriter, _ *http.Request) {
		e.Journal().Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /topics", func(w http.ResponseWriter, _ *http.Request) { show(w, e.world.Published()) })
	return mux
}

// shownCall is a call with the name of its code, once it was answered.
type shownCall struct {
	wire.Call
	Status string `json:"status,omitempty"`
}

func show(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // a client that has gone away cannot be told
}
