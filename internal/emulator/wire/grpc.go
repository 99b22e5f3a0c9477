package wire

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// grpcCall decodes a unary gRPC request. The framing is done here rather than by a grpc.Server, so
// that calls of both protocols pass the same stages and get the same faults.
func (s *Server) grpcCall(r *http.Request) *operation {
	op := &operation{call: s.describe(r), fail: grpcError}
	op.call.Protocol = "gRPC"
	m := s.methods[r.URL.Path]
	if m == nil {
		op.public = true
		op.call.Service, op.call.Method, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		op.invalid = &callError{http.StatusNotImplemented, status.New(codes.Unimplemented, "unknown method "+r.URL.Path)}
		return op
	}
	request := m.input.New().Interface()
	err := readFrame(r, request)
	op.call = m.describe(op.call, request)
	if err != nil {
		op.invalid = &callError{http.StatusInternalServerError, status.New(codes.Internal, err.Error())}
		return op
	}
	op.serve = func(ctx context.Context) *response {
		result, err := m.invoke(ctx, request)
		if err != nil {
			return grpcError(callErrorFrom(err))
		}
		return grpcResponse(result)
	}
	return op
}

// readFrame reads the one length-prefixed message of a unary request.
func readFrame(r *http.Request, into proto.Message) error {
	var prefix [5]byte
	if _, err := io.ReadFull(r.Body, prefix[:]); err != nil {
		return fmt.Errorf("reading the frame's prefix: %w", err)
	}
	if prefix[0] != 0 {
		return errors.New("compressed frames are not read here")
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, int64(binary.BigEndian.Uint32(prefix[1:]))))
	if err != nil {
		return fmt.Errorf("reading the frame: %w", err)
	}
	return proto.Unmarshal(data, into)
}

func grpcResponse(m proto.Message) *response {
	data, err := proto.Marshal(m)
	if err != nil {
		return grpcError(callErrorFrom(err))
	}
	a := newResponse()
	a.header.Set("Content-Type", "application/grpc")
	prefix := make([]byte, 5)
	binary.BigEndian.PutUint32(prefix[1:], uint32(len(data)))
	a.body.Write(prefix)
	a.body.Write(data)
	a.trailer = map[string]string{"Grpc-Status": "0"}
	return a
}

func grpcError(e callError) *response {
	a := newResponse()
	a.code = e.status.Code()
	a.header.Set("Content-Type", "application/grpc")
	a.trailer = map[string]string{
		"Grpc-Status":  strconv.Itoa(int(e.status.Code())),
		"Grpc-Message": url.PathEscape(e.status.Message()),
	}
	if len(e.status.Proto().GetDetails()) > 0 {
		if details, err := proto.Marshal(e.status.Proto()); err == nil {
			a.trailer["Grpc-Status-Details-Bin"] = base64.RawStdEncoding.EncodeToString(details)
		}
	}
	return a
}
