package providertest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Config is the configuration of a resource or of the provider; attributes that it leaves out are
// null.
type Config map[string]tftypes.Value

// String is a string.
func String(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

// Set is a set of strings.
func Set(members ...string) tftypes.Value {
	values := make([]tftypes.Value, len(members))
	for i, m := range members {
		values[i] = String(m)
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, values)
}

// Unknown is a string that is not known yet.
func Unknown() tftypes.Value {
	return tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
}

// Server is a provider as Terraform talks to it.
func Server(t *testing.T, p provider.Provider) tfprotov6.ProviderServer {
	t.Helper()
	s, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Value encodes attributes as an object of a schema.
func Value(t *testing.T, schema *tfprotov6.Schema, attributes Config) *tfprotov6.DynamicValue {
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

// Schemas are those of the provider and of its resources.
func Schemas(t *testing.T, s tfprotov6.ProviderServer) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	resp, err := s.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("GetProviderSchema: %v, %v", err, resp.Diagnostics)
	}
	return resp
}

// Configure is what the provider says of its own configuration.
func Configure(t *testing.T, p provider.Provider, c Config) []*tfprotov6.Diagnostic {
	t.Helper()
	s := Server(t, p)
	resp, err := s.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		Config: Value(t, Schemas(t, s).Provider, c),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// Conversation is a configured provider, spoken to as Terraform does about one type of resource.
type Conversation struct {
	Server tfprotov6.ProviderServer
	Kind   string

	t      *testing.T
	schema *tfprotov6.Schema
}

// Of is the same conversation about another type of resource.
func (c *Conversation) Of(kind string) *Conversation {
	c.t.Helper()
	other := *c
	other.Kind, other.schema = kind, Schemas(c.t, c.Server).ResourceSchemas[kind]
	return &other
}

// Talk configures a provider, and wants no complaint.
func Talk(t *testing.T, p provider.Provider, kind string, c Config) *Conversation {
	t.Helper()
	s := Server(t, p)
	all := Schemas(t, s)
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: Value(t, all.Provider, c)})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("ConfigureProvider: %v, %s", err, Printed(resp.Diagnostics))
	}
	return &Conversation{Server: s, Kind: kind, t: t, schema: all.ResourceSchemas[kind]}
}

// Null is the resource where it does not exist.
func (c *Conversation) Null() *tfprotov6.DynamicValue {
	c.t.Helper()
	empty, err := tfprotov6.NewDynamicValue(c.schema.ValueType(), tftypes.NewValue(c.schema.ValueType(), nil))
	if err != nil {
		c.t.Fatal(err)
	}
	return &empty
}

// Plan proposes to create a resource. Terraform fills in the default's place.
func (c *Conversation) Plan(given Config) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	resp, err := c.Server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.Kind, PriorState: c.Null(),
		Config: Value(c.t, c.schema, given), ProposedNewState: Value(c.t, c.schema, given),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// Create plans and applies.
func (c *Conversation) Create(given Config) *tfprotov6.ApplyResourceChangeResponse {
	c.t.Helper()
	return c.apply(c.Null(), c.Plan(given).PlannedState, Value(c.t, c.schema, given))
}

// Read refreshes a state.
func (c *Conversation) Read(state *tfprotov6.DynamicValue) *tfprotov6.ReadResourceResponse {
	c.t.Helper()
	resp, err := c.Server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: c.Kind, CurrentState: state})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// Replan proposes to change what a state shows.
func (c *Conversation) Replan(state *tfprotov6.DynamicValue, given Config) *tfprotov6.PlanResourceChangeResponse {
	c.t.Helper()
	resp, err := c.Server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.Kind, PriorState: state,
		Config: Value(c.t, c.schema, given), ProposedNewState: Value(c.t, c.schema, given),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// Update plans and applies a change to what a state shows.
func (c *Conversation) Update(state *tfprotov6.DynamicValue, given Config) *tfprotov6.ApplyResourceChangeResponse {
	c.t.Helper()
	return c.apply(state, c.Replan(state, given).PlannedState, Value(c.t, c.schema, given))
}

// Delete destroys what a state shows.
func (c *Conversation) Delete(state *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
	c.t.Helper()
	return c.apply(state, c.Null(), c.Null())
}

func (c *Conversation) apply(prior, planned, config *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
	c.t.Helper()
	resp, err := c.Server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.Kind, PriorState: prior, PlannedState: planned, Config: config,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}
