package wire

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// method is one method of a service.
type method struct {
	host, service, name string
	input               protoreflect.MessageType
	handler             grpc.MethodHandler
	impl                any
}

// API is one API host. It is a grpc.ServiceRegistrar: generated Register functions add a service to
// it, with the REST routes that its definition declares.
type API struct {
	server *Server
	host   *host
}

// API returns the API of a host.
func (s *Server) API(name string) *API {
	if s.hosts[name] == nil {
		s.hosts[name] = &host{name: name}
	}
	return &API{s, s.hosts[name]}
}

// RegisterService serves the methods of a service by gRPC and REST. It panics on a service whose
// definition is not linked in: a mistake of the program.
func (a *API) RegisterService(desc *grpc.ServiceDesc, impl any) {
	for _, m := range desc.Methods {
		definition := methodDescriptor(desc.ServiceName, m.MethodName)
		input, err := protoregistry.GlobalTypes.FindMessageByName(definition.Input().FullName())
		if err != nil {
			panic(fmt.Sprintf("registering %s.%s: %v", desc.ServiceName, m.MethodName, err))
		}
		served := &method{a.host.name, desc.ServiceName, m.MethodName, input, m.Handler, impl}
		a.server.methods["/"+desc.ServiceName+"/"+m.MethodName] = served
		rule, _ := proto.GetExtension(definition.Options(), annotations.E_Http).(*annotations.HttpRule)
		for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
			message := r.ProtoReflect()
			if verb := message.WhichOneof(message.Descriptor().Oneofs().ByName("pattern")); verb != nil {
				a.host.routes = append(a.host.routes, newRoute(strings.ToUpper(string(verb.Name())), message.Get(verb).String(), r.GetBody(), served))
			}
		}
	}
}

// Older describes how an older version of an API differs from the method that serves it. The zero
// value says that only the address differs.
type Older struct {
	// Fields maps older names of the request's fields to today's.
	Fields map[string]string
	// Response converts the response of the method.
	Response func(proto.Message) any
}

// Route adds a REST route to a registered method, for older versions of an API that no generated
// service has.
func (a *API) Route(verb, template, body, fullMethod string, older Older) {
	served := a.server.methods[fullMethod]
	if served == nil {
		panic("routing to " + fullMethod + ": no such method")
	}
	r := newRoute(verb, template, body, served)
	r.older = older
	a.host.routes = append(a.host.routes, r)
}

func methodDescriptor(service, name string) protoreflect.MethodDescriptor {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		panic(fmt.Sprintf("registering %s: %v", service, err))
	}
	return found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
}

// describe adds the method and the resource to what the headers say about a call.
func (m *method) describe(call Call, request proto.Message) Call {
	call.Host, call.Service, call.Method = m.host, m.service, m.name
	call.Resource = resourceOf(request.ProtoReflect())
	return call
}

func resourceOf(m protoreflect.Message) string {
	for _, name := range []protoreflect.Name{"resource", "name", "names", "scope", "full_resource_name"} {
		field := m.Descriptor().Fields().ByName(name)
		if field == nil || field.Kind() != protoreflect.StringKind || !m.Has(field) {
			continue
		}
		if !field.IsList() {
			return m.Get(field).String()
		}
		var all []string
		for i := range m.Get(field).List().Len() {
			all = append(all, m.Get(field).List().Get(i).String())
		}
		return strings.Join(all, ",")
	}
	return ""
}

// invoke calls the implementation.
func (m *method) invoke(ctx context.Context, request proto.Message) (proto.Message, error) {
	decode := func(into any) error {
		proto.Merge(into.(proto.Message), request)
		return nil
	}
	result, err := m.handler(m.impl, ctx, decode, nil)
	if err != nil {
		return nil, err
	}
	return result.(proto.Message), nil
}
