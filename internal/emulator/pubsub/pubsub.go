// Package pubsub publishes messages as Pub/Sub v1 does, by REST.
//
// It knows the topics of a world, which store what was published. It refuses everybody without
// pubsub.topics.publish on the project, whether the topic exists or not: topics have no policy of
// their own here. There are no subscriptions.
package pubsub

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"google.golang.org/api/pubsub/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/wire"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// Host is where Pub/Sub is found.
const Host = "pubsub.googleapis.com"

type topics struct{ world *world.World }

// New returns what the host serves. Package wire authenticates the callers.
func New(w *world.World) *http.ServeMux {
	t := topics{w}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/projects/{project}/topics/{call}", func(w http.ResponseWriter, r *http.Request) {
		response, err := t.publish(r)
		wire.WriteJSON(w, r, response, err)
	})
	return mux
}

func (t topics) publish(r *http.Request) (*pubsub.PublishResponse, error) {
	topic, isPublish := strings.CutSuffix(r.PathValue("call"), ":publish")
	project := "projects/" + r.PathValue("project")
	switch {
	case !isPublish:
		return nil, status.Error(codes.Unimplemented, "Only topics.publish is served here.")
	case !t.world.Allowed(wire.Caller(r.Context()), "pubsub.topics.publish", project):
		return nil, status.Error(codes.PermissionDenied, "User not authorized to perform this action.")
	}
	messages, err := readMessages(r)
	if err != nil {
		return nil, err
	}
	ids, ok := t.world.Publish(project+"/topics/"+topic, messages)
	if !ok {
		return nil, status.Errorf(codes.NotFound, "Resource not found (resource=%s).", topic)
	}
	return &pubsub.PublishResponse{MessageIds: ids}, nil
}

func readMessages(r *http.Request) ([]world.Message, error) {
	var request pubsub.PublishRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid JSON payload received. %v", err)
	}
	var messages []world.Message
	for i, m := range request.Messages {
		// The JSON mapping of protocol buffers takes either alphabet of base64, with padding or
		// without.
		data, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(m.Data, "=")))
		switch {
		case err != nil:
			return nil, status.Errorf(codes.InvalidArgument, "Invalid value at 'messages[%d].data' (TYPE_BYTES), Base64 decoding failed for %q", i, m.Data)
		case len(data) == 0 && len(m.Attributes) == 0:
			return nil, status.Error(codes.InvalidArgument, "One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.")
		}
		messages = append(messages, world.Message{Data: data, Attributes: m.Attributes})
	}
	return messages, nil
}
