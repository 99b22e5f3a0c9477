package provider

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const bindingType = "jitaccess_self_approval_binding"

// config is a resource's configuration; attributes that it leaves out are null.
type config map[string]tftypes.Value

func str(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func set(members ...string) tftypes.Value {
	values := make([]tftypes.Value, len(members))
	for i, m := range members {
		values[i] = str(m)
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, values)
}

var unknown = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)

// valid is a configuration that is taken.
func valid() config {
	return config{"project": str("payments-prod"), "role": str(role), "members": set(alice)}
}

// but is the valid configuration with other values; a zero value removes one.
func but(changes config) config {
	c := valid()
	maps.Copy(c, changes)
	return c
}

// server is the provider as Terraform talks to it.
func server(t *testing.T, environment map[string]string) tfprotov6.ProviderServer {
	t.Helper()
	getenv := func(name string) string { return environment[name] }
	s, err := providerserver.NewProtocol6WithError(New("test", getenv)())()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value encodes attributes as an object of a schema.
func value(t *testing.T, schema *tfprotov6.Schema, attributes config) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("the schema is no object: %v", schema.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, attributeType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
		if given := attributes[name]; given.Type() != nil {
			values[name] = given
		}
	}
	encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

func schemas(t *testing.T, s tfprotov6.ProviderServer) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	resp, err := s.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("GetProviderSchema: %v, %v", err, resp.Diagnostics)
	}
	return resp
}

// validate is what terraform validate says of a configuration.
func validate(t *testing.T, c config) []*tfprotov6.Diagnostic {
	t.Helper()
	s := server(t, nil)
	resp, err := s.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: bindingType,
		Config:   value(t, schemas(t, s).ResourceSchemas[bindingType], c),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// configure is what the provider says of its own configuration.
func configure(t *testing.T, environment map[string]string, c config) []*tfprotov6.Diagnostic {
	t.Helper()
	s := server(t, environment)
	resp, err := s.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		Config: value(t, schemas(t, s).Provider, c),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// conversation is a configured provider, spoken to as Terraform does.
type conversation struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.Schema
	kind   string
}

// of is the same conversation about another type of resource.
func (c *conversation) of(kind string) *conversation {
	c.t.Helper()
	other := *c
	other.kind, other.schema = kind, schemas(c.t, c.server).ResourceSchemas[kind]
	return &other
}

// talk configures a provider, and wants no complaint.
func talk(t *testing.T, c config) *conversation {
	t.Helper()
	s := server(t, nil)
	all := schemas(t, s)
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: value(t, all.Provider, c)})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("ConfigureProvider: %v, %s", err, printed(resp.Diagnostics))
	}
	return &conversation{t, s, all.ResourceSchemas[bindingType], bindingType}
}

func (c *conversation) null() *tfprotov6.DynamicValue {
	c.t.Helper()
	empty, err := tfprotov6.NewDynamicValue(c.schema.ValueType(), tftypes.NewValue(c.schema.ValueType(), nil))
	if err != nil {
		c.t.Fatal(err)
	}
	return &empty
}

// plan proposes to create a resource. Terraform fills in the default's place.
func (c *conversation) plan(given config) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	resp, err := c.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.kind, PriorState: c.null(),
		Config: value(c.t, c.schema, given), ProposedNewState: value(c.t, c.schema, given),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// create plans and applies.
func (c *conversation) create(given config) *tfprotov6.ApplyResourceChangeResponse {
	c.t.Helper()
	resp, err := c.server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.kind, PriorState: c.null(),
		Config: value(c.t, c.schema, given), PlannedState: c.plan(given).PlannedState,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// read refreshes a state.
func (c *conversation) read(state *tfprotov6.DynamicValue) *tfprotov6.ReadResourceResponse {
	c.t.Helper()
	resp, err := c.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: c.kind, CurrentState: state})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// replan proposes to change what a state shows.
func (c *conversation) replan(state *tfprotov6.DynamicValue, given config) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	resp, err := c.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.kind, PriorState: state,
		Config: value(c.t, c.schema, given), ProposedNewState: value(c.t, c.schema, given),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}
