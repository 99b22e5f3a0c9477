// Package secretmanager returns the payloads of secret versions as Secret Manager v1 does, by REST.
//
// It knows the secrets of a world and their versions, "latest" among them. It refuses everybody
// without secretmanager.versions.access on the project, whether the secret exists or not: secrets
// have no policy of their own here. It changes nothing.
package secretmanager

import (
	"encoding/base64"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/api/secretmanager/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Secret Manager is found.
const Host = "secretmanager.googleapis.com"

const permission = "secretmanager.versions.access"

type secrets struct{ world *world.World }

// New returns what the host serves. Package wire authenticates the callers.
func New(w *world.World) *http.ServeMux {
	s := secrets{w}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/projects/{project}/secrets/{secret}/versions/{call}", func(w http.ResponseWriter, r *http.Request) {
		response, err := s.access(r)
		wire.WriteJSON(w, r, response, err)
	})
	return mux
}

func (s secrets) access(r *http.Request) (*secretmanager.AccessSecretVersionResponse, error) {
	id, isAccess := strings.CutSuffix(r.PathValue("call"), ":access")
	if !isAccess {
		return nil, status.Error(codes.Unimplemented, "Only versions.access is served here.")
	}
	secretName := "projects/" + r.PathValue("project") + "/secrets/" + r.PathValue("secret")
	if !s.world.Allowed(wire.Caller(r.Context()), permission, "projects/"+r.PathValue("project")) {
		resource := secretName + "/versions/" + id
		return nil, wire.Denied("iam.googleapis.com", permission, resource, "Permission '%s' denied for resource '%s' (or it may not exist).", permission, resource)
	}
	project, _ := s.world.Project(r.PathValue("project"))
	name := "projects/" + project.Number + "/secrets/" + r.PathValue("secret")
	versions, ok := s.world.Secret(name)
	if !ok {
		return nil, status.Errorf(codes.NotFound, "Secret [%s] not found.", name)
	}
	n, ok := versionNumber(id, len(versions))
	if !ok {
		return nil, status.Errorf(codes.NotFound, "Secret Version [%s/versions/%s] not found.", name, id)
	}
	data := versions[n-1]
	return &secretmanager.AccessSecretVersionResponse{
		Name: name + "/versions/" + strconv.Itoa(n),
		Payload: &secretmanager.SecretPayload{
			Data:       base64.StdEncoding.EncodeToString(data),
			DataCrc32c: int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))),
		},
	}, nil
}

// versionNumber returns the number of a version: the latest, or one that exists.
func versionNumber(id string, versions int) (int, bool) {
	n, err := strconv.Atoi(id)
	if id == "latest" {
		n, err = versions, nil
	}
	return n, err == nil && n >= 1 && n <= versions
}
