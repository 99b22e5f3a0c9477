package wire

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// frontEndParameters are the query parameters that Google's front end consumes before the services
// see them.
var frontEndParameters = map[string]bool{
	"alt": true, "$alt": true, "prettyPrint": true, "$prettyPrint": true, "fields": true, "$fields": true, "key": true, "$key": true,
	"access_token": true, "quotaUser": true, "$userProject": true, "$.xgafv": true, "callback": true, "oauth_token": true, "uploadType": true, "upload_protocol": true,
}

// bind sets the fields of a request, "a.b.c", to values in text. It goes through JSON, because the
// JSON mapping of protocol buffers defines how every type is written.
func bind(request proto.Message, fields url.Values) error {
	for path, values := range fields {
		if frontEndParameters[path] {
			continue
		}
		value, err := jsonOf(request.ProtoReflect().Descriptor(), strings.Split(path, "."), values)
		if err != nil {
			return unknownParameter(path)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
		part := request.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal(text, part); err != nil {
			return status.Errorf(codes.InvalidArgument, "Invalid value at '%s', %q", path, strings.Join(values, ","))
		}
		proto.Merge(request, part)
	}
	return nil
}

func unknownParameter(path string) error {
	text := fmt.Sprintf("Invalid JSON payload received. Unknown name \"%s\": Cannot bind query parameter. Field '%[1]s' could not be found in request message.", path)
	return Detailed(codes.InvalidArgument, &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Description: text}},
	}, "%s", text)
}

// jsonOf is the JSON object of a message in which the field of that path is set.
func jsonOf(m protoreflect.MessageDescriptor, path, values []string) (any, error) {
	field := m.Fields().ByJSONName(path[0])
	if field == nil {
		field = m.Fields().ByName(protoreflect.Name(path[0]))
	}
	if field == nil || field.IsMap() {
		return nil, fmt.Errorf("no field %s", path[0])
	}
	if len(path) > 1 {
		if field.Message() == nil || field.IsList() {
			return nil, fmt.Errorf("no field in %s", path[0])
		}
		inner, err := jsonOf(field.Message(), path[1:], values)
		return map[string]any{path[0]: inner}, err
	}
	if !field.IsList() {
		return map[string]any{path[0]: scalar(field, values[len(values)-1])}, nil
	}
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = scalar(field, v)
	}
	return map[string]any{path[0]: list}, nil
}

// scalar is the JSON value of a field: numbers may be quoted there, and booleans may not.
func scalar(field protoreflect.FieldDescriptor, text string) any {
	if b, err := strconv.ParseBool(text); err == nil && field.Kind() == protoreflect.BoolKind {
		return b
	}
	return text
}
