package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/binding"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// New returns the provider's constructor. The version goes into the user agent; getenv is asked for
// what the configuration leaves out.
func New(version string, getenv func(string) string) func() provider.Provider {
	return func() provider.Provider {
		return &jitaccess{version: version, getenv: getenv}
	}
}

type jitaccess struct {
	version string
	getenv  func(string) string
}

func (p *jitaccess) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = client.TypeName
	resp.Version = p.version
}

func (p *jitaccess) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = settingsSchema()
}

func (p *jitaccess) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var given settings
	resp.Diagnostics.Append(req.Config.Get(ctx, &given)...)
	if resp.Diagnostics.HasError() {
		return
	}
	access := p.access(given)
	config, refused := access.config()
	resp.Diagnostics.Append(refused...)
	if !refused.HasError() {
		resp.Diagnostics.Append(access.elsewhereWarning()...)
	}
	c := client.New(given.pending(), config)
	c.PortalProject = given.PortalProject.ValueString()
	resp.ResourceData = c
}

func (p *jitaccess) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{binding.NewSelfApproval, binding.NewMultiPartyApproval}
}

func (p *jitaccess) DataSources(context.Context) []func() datasource.DataSource { return nil }
