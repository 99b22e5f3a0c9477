package emulator

import (
	"encoding/json"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
)

// inspection serves what a running emulator has recorded: the journal, which DELETE empties, and
// what was published to topics.
func (e *Emulator) inspection() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /journal", func(w http.ResponseWriter, _ *http.Request) {
		calls := []journalCall{}
		for _, c := range e.Journal().Calls() {
			shown := journalCall{Call: c}
			if !c.End.IsZero() {
				shown.Status = code.Code(c.Code).String()
			}
			calls = append(calls, shown)
		}
		writeJSON(w, map[string]any{"calls": calls})
	})
	mux.HandleFunc("DELETE /journal", func(w http.ResponseWriter, _ *http.Request) {
		e.Journal().Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /topics", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.world.Published()) })
	return mux
}

// journalCall is a call with the name of its status code, once there is a response.
type journalCall struct {
	wire.Call
	Status string `json:"status,omitempty"`
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // fails only if the client is gone
}
