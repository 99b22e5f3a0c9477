package wire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// restCall decodes a REST request for the method that its path names.
func (s *Server) restCall(h *host, r *http.Request) *operation {
	for _, route := range h.routes {
		if values, ok := route.match(r); ok {
			op := &operation{
				call: s.describe(r),
				fail: func(e callError) *response { return statusEnvelope(e, isDiscovery(r)) },
			}
			s.restMethod(op, route, values, r)
			return op
		}
	}
	return s.unservedCall(h, r)
}

func (s *Server) restMethod(op *operation, route *route, values url.Values, r *http.Request) {
	request, err := decode(route, values, r)
	op.call = route.method.describe(op.call, request)
	if err != nil {
		e := callErrorFrom(err)
		op.invalid = &e
		return
	}
	numbers := strings.Contains(r.URL.Query().Get("$alt"), "enum-encoding=int")
	compact := numbers || r.URL.Query().Get("prettyPrint") == "false"
	op.serve = func(ctx context.Context) *response {
		result, err := route.method.invoke(ctx, request)
		if err != nil {
			return op.fail(callErrorFrom(err))
		}
		body, err := route.encode(result, numbers, compact)
		if err != nil {
			return op.fail(callErrorFrom(err))
		}
		return jsonResponse(http.StatusOK, body)
	}
}

// decode makes the request message from path, query and body. Beside an error it returns what it
// could read.
func decode(route *route, values url.Values, r *http.Request) (proto.Message, error) {
	request := route.method.input.New().Interface()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return request, status.Error(codes.Internal, err.Error())
	}
	if err := bind(request, values); err != nil {
		return request, err
	}
	if err := bind(request, r.URL.Query()); err != nil {
		return request, err
	}
	if text := bytes.TrimSpace(body); len(text) == 0 || string(text) == "null" || route.body == "" {
		return request, nil
	}
	if route.body != "*" {
		body = fmt.Appendf(nil, "{%q:%s}", route.body, body)
	}
	parsed := route.method.input.New().Interface()
	if body, err = renameFields(body, route.older.Fields); err == nil {
		err = protojson.Unmarshal(body, parsed)
	}
	if err != nil {
		return request, status.Error(codes.InvalidArgument, payloadError(err))
	}
	proto.Merge(parsed, request)
	return parsed, nil
}

var unknownField = regexp.MustCompile(`unknown field ("[^"]*")`)

func payloadError(err error) string {
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		return "Invalid JSON payload received. Unknown name " + m[1] + ": Cannot find field."
	}
	return "Invalid JSON payload received. " + err.Error()
}

// renameFields gives the fields of a JSON object their names of today.
func renameFields(body []byte, names map[string]string) ([]byte, error) {
	if len(names) == 0 {
		return body, nil
	}
	var older map[string]json.RawMessage
	if err := json.Unmarshal(body, &older); err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	for name, value := range older {
		fields[cmp.Or(names[name], name)] = value
	}
	return json.Marshal(fields)
}

func (r *route) encode(m proto.Message, numbers, compact bool) ([]byte, error) {
	var text []byte
	var err error
	if r.older.Response != nil {
		text, err = json.Marshal(r.older.Response(m))
	} else {
		text, err = protojson.MarshalOptions{UseEnumNumbers: numbers}.Marshal(m)
	}
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	var out bytes.Buffer
	if compact {
		err = json.Compact(&out, text)
	} else {
		err = json.Indent(&out, text, "", "  ")
		out.WriteByte('\n')
	}
	return out.Bytes(), err
}
