package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
)

const (
	typeName               = "jitaccess"
	accessTokenAttribute   = "access_token"
	endpointAttribute      = "endpoint"
	endpointVariable       = "GOOGLE_API_ENDPOINT"
	portalProjectAttribute = "portal_project"
)

// New returns the provider's constructor. The version goes into the user
// agent; getenv is asked for what the configuration leaves out.
func New(version string, getenv func(string) string) func() provider.Provider {
	return func() provider.Provider {
		return &jitaccess{version: version, getenv: getenv}
	}
}

type jitaccess struct {
	version string
	getenv  func(string) string
}

// settings is the provider's configuration.
type settings struct {
	AccessToken   types.String `tfsdk:"access_token"`
	Endpoint      types.String `tfsdk:"endpoint"`
	PortalProject types.String `tfsdk:"portal_project"`
}

func (p *jitaccess) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.version
}

func (p *jitaccess) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Just-in-time access for Google Cloud: writes down who may activate which role, when they need it, for a limited time.",
		Attributes: map[string]schema.Attribute{
			accessTokenAttribute: schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "An OAuth 2.0 access token, such as `gcloud auth print-access-token` prints; it lasts for an hour and is not renewed. " +
					"By default [application default credentials](https://cloud.google.com/docs/authentication/application-default-credentials) are used. " +
					"They are looked for when a policy is first read or written.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			endpointAttribute: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Where Google's APIs are reached instead, for an emulator or a proxy: every call to `https://HOST/…` goes to `ENDPOINT/HOST/…`. " +
					"An `https` URL, or an `http` URL of this machine such as `http://127.0.0.1:8080`. By default the environment variable `" + endpointVariable + "`, and otherwise Google.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			portalProjectAttribute: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The id of the project that the portal runs in. The portal activates nothing there, so that nobody becomes able to act as it: " +
					"a binding on that project, or on a folder or organization that may hold it, is warned about at plan. By default there is no such warning.",
				Validators: []validator.String{check{"The bare id of a project.", refuseProject}},
			},
		},
	}
}

func (p *jitaccess) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var given settings
	resp.Diagnostics.Append(req.Config.Get(ctx, &given)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config := p.access(given)
	resp.Diagnostics.Append(refuseAccess(given, config)...)
	s := newSession(given.pending(), config)
	s.portalProject = given.PortalProject.ValueString()
	resp.ResourceData = s
}

// refuseAccess checks what can be checked of the access to Google without
// looking for credentials.
func refuseAccess(given settings, c googleapi.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	const unused = "unused"
	if _, err := googleapi.New(context.Background(), googleapi.Config{Endpoint: c.Endpoint, AccessToken: unused}); err != nil {
		detail := sentence(err) + "."
		if absent(given.Endpoint) {
			diags.AddError("Unusable "+endpointVariable, detail+" It comes from the environment.")
			return diags
		}
		diags.AddAttributeError(path.Root(endpointAttribute), "Unusable endpoint", detail)
		return diags
	}
	if c.AccessToken != "" {
		if _, err := googleapi.New(context.Background(), googleapi.Config{AccessToken: c.AccessToken}); err != nil {
			diags.AddAttributeError(path.Root(accessTokenAttribute), "Unusable access token", sentence(err)+".")
		}
	}
	return diags
}

// pending names an attribute whose value is not known yet, or is "".
func (s settings) pending() string {
	switch {
	case s.AccessToken.IsUnknown():
		return accessTokenAttribute
	case s.Endpoint.IsUnknown():
		return endpointAttribute
	}
	return ""
}

func (p *jitaccess) access(given settings) googleapi.Config {
	endpoint := given.Endpoint.ValueString()
	if endpoint == "" {
		endpoint = p.getenv(endpointVariable)
	}
	return googleapi.Config{
		Endpoint:    endpoint,
		AccessToken: given.AccessToken.ValueString(),
		Scopes:      []string{cloudPlatformScope},
		UserAgent:   "terraform-provider-jitaccess/" + p.version,
	}
}

func (p *jitaccess) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newSelfApprovalBinding, newMultiPartyApprovalBinding}
}

func (p *jitaccess) DataSources(context.Context) []func() datasource.DataSource { return nil }
