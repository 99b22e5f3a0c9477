package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/providertest"
)

func TestConfigure_NeedsNoCredentials(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]config{
		"nothing":             {},
		"an endpoint":         {"endpoint": str("http://127.0.0.1:1")},
		"an unknown token":    {"access_token": unknown},
		"an unknown endpoint": {"endpoint": unknown},
	} {
		if found := configure(t, nil, c); len(found) > 0 {
			t.Errorf("%s: got %s, want no diagnostics", name, printed(found))
		}
	}
}

// Whoever sets a variable where Terraform runs gets the access tokens, and no plan showed it.
func TestConfigure_WarnsOfAnEndpointOfTheEnvironment(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{"GOOGLE_API_ENDPOINT": "https://127.0.0.1:1/google", "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.x"}
	found := configure(t, elsewhere, nil)
	providertest.Says(t, found, tfprotov6.DiagnosticSeverityWarning, "", "GOOGLE_API_ENDPOINT sends every call of the provider, with its access token, to https://127.0.0.1:1/google instead of Google.")
	if strings.Contains(printed(found), "ya29") {
		t.Errorf("the token is printed: %s", printed(found))
	}
	if found := configure(t, elsewhere, config{"endpoint": str("https://127.0.0.1:1/google")}); len(found) > 0 {
		t.Errorf("the configuration names it, and yet: %s", printed(found))
	}
}

func TestConfigure_RefusesUnusableAccess(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environment map[string]string
		config      config
		path, says  string
	}{
		"plain http to another machine": {nil, config{"endpoint": str("http://example.com")}, at("endpoint"), "use https"},
		"no address":                    {nil, config{"endpoint": str("localhost:8080")}, at("endpoint"), "is not an address"},
		"an unusable variable":          {map[string]string{"GOOGLE_API_ENDPOINT": "http://example.com"}, nil, "", "comes from the environment"},
		"a token with a line break":     {nil, config{"access_token": str("ya29.x\n")}, at("access_token"), "no token has"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := configure(t, test.environment, test.config)
			if len(found) != 1 || found[0].Attribute.String() != test.path || !strings.Contains(found[0].Detail, test.says) {
				t.Errorf("got %s, want one error with %q at %q", printed(found), test.says, test.path)
			}
			if strings.Contains(printed(found), "ya29") {
				t.Errorf("the token is printed: %s", printed(found))
			}
		})
	}
}

func TestClient_WaitsForValues(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]config{
		"access_token": {"access_token": unknown, "endpoint": str("http://127.0.0.1:1")},
		"endpoint":     {"endpoint": unknown},
	} {
		c := clientOf(t, given)
		if _, err := c.Policy(t.Context(), "projects/payments-prod"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("read while %s is not known: got %v", name, err)
		}
		if _, err := c.Modify(t.Context(), "projects/payments-prod", policy.Change{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("write while %s is not known: got %v", name, err)
		}
	}
}

// clientOf is what the provider hands to its resources.
func clientOf(t *testing.T, given config) *client.Client {
	t.Helper()
	p := New("test", func(string) string { return "" })()
	var schema provider.SchemaResponse
	p.Schema(context.Background(), provider.SchemaRequest{}, &schema)
	object := schema.Schema.Type().TerraformType(context.Background())
	values := map[string]tftypes.Value{}
	for name, attribute := range schema.Schema.Attributes {
		values[name] = tftypes.NewValue(attribute.GetType().TerraformType(context.Background()), nil)
		if v := given[name]; v.Type() != nil {
			values[name] = v
		}
	}
	var resp provider.ConfigureResponse
	p.Configure(context.Background(), provider.ConfigureRequest{
		Config: tfsdk.Config{Raw: tftypes.NewValue(object, values), Schema: schema.Schema},
	}, &resp)
	c, ok := resp.ResourceData.(*client.Client)
	if !ok || resp.Diagnostics.HasError() {
		t.Fatalf("Configure: got %v, %v", resp.ResourceData, resp.Diagnostics)
	}
	return c
}

// configure is what the provider says of its own configuration.
func configure(t *testing.T, environment map[string]string, c config) []*tfprotov6.Diagnostic {
	t.Helper()
	getenv := func(name string) string { return environment[name] }
	return providertest.Configure(t, New("test", getenv)(), c)
}
