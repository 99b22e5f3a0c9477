// Package directory is the part of the Admin SDK's Directory API that lists the members of groups:
// groups.list, members.list and members.hasMember.
//
// It knows the groups of a world as they are shown at the moment, which may lag behind what they
// are. It refuses every caller that the world does not list as a reader of the directory, whether
// what they ask for exists or not. It responds as that API does: errors in the older envelope,
// lists in pages of at most 200, nothing about people of other domains from hasMember. It changes
// nothing.
package directory

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/query"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// directory serves the groups of one world.
type directory struct{ world *world.World }

// New returns what admin.googleapis.com serves. Package wire authenticates the callers.
func New(w *world.World) *http.ServeMux {
	d := directory{w}
	mux := http.NewServeMux()
	const groups = "GET /admin/directory/v1/groups"
	mux.HandleFunc(groups, d.serve(d.listGroups))
	mux.HandleFunc(groups+"/{group}/members", d.serve(d.listMembers))
	mux.HandleFunc(groups+"/{group}/hasMember/{member}", d.serve(d.hasMember))
	return mux
}

// apiError is an error as this API words it.
type apiError struct {
	code            int
	message, reason string
}

func (r *apiError) Error() string { return r.message }

func notFound(parameter string) error {
	return &apiError{http.StatusNotFound, "Resource Not Found: " + parameter, "notFound"}
}

func invalid(parameter string) error {
	return &apiError{http.StatusBadRequest, "Invalid Input: " + parameter, "invalid"}
}

var (
	errForbidden  = &apiError{http.StatusForbidden, "Not Authorized to access this resource/api", "forbidden"}
	errBadRequest = &apiError{http.StatusBadRequest, "Bad Request", "badRequest"}
)

// serve turns a method of the API into a handler that serves readers of the directory only.
func (d directory) serve(method func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var result any
		var err error = errForbidden
		if d.world.DirectoryReader(wire.Caller(r.Context())) {
			result, err = method(r)
		}
		code := http.StatusOK
		var refused *apiError
		if errors.As(err, &refused) {
			code = refused.code
			result = map[string]any{"error": map[string]any{
				"code": code, "message": refused.message,
				"errors": []map[string]string{{"message": refused.message, "domain": "global", "reason": refused.reason}},
			}}
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(result) // fails only if the client is gone
	}
}

// group finds the group that the path names by address or id.
func (d directory) group(r *http.Request) (world.Group, error) {
	email, _ := d.world.Address(r.PathValue("group"))
	g, ok := d.world.Group(email)
	if !ok {
		return world.Group{}, notFound("groupKey")
	}
	return g, nil
}

// maxPage is how many entries a page holds at most, and unless asked for fewer.
const maxPage = 200

// page returns the part of a list that maxResults and pageToken ask for. The token of the next page
// is empty after the last.
func page[T any](all []T, r *http.Request) (part []T, next string, err error) {
	size := maxPage
	if text := r.FormValue("maxResults"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 {
			return nil, "", invalid("maxResults")
		}
	}
	part, next, err = query.Page(all, size, maxPage, maxPage, r.FormValue("pageToken"))
	if err != nil {
		return nil, "", invalid("pageToken")
	}
	return part, next, nil
}
