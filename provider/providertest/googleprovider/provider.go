// Package googleprovider is a Terraform provider for tests of ours: it keeps members of IAM
// policies as Google's own provider does, hashicorp/google 7.45. It knows
// google_project_iam_member, google_folder_iam_member and google_organization_iam_member, and
// nothing else. As Google's, it writes a policy back as a whole: every binding's members in lower
// case, bindings of one role, title, description and expression merged and sorted, the location of
// a condition dropped. A member that stands there already it takes over without a word, and removes
// when it is destroyed.
package googleprovider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/oauth2"
)

// TypeName is what Google's provider is called, with which the type names of its resources begin.
const TypeName = "google"

type googleProvider struct{ policies *policies }

// New is a factory of the provider for terraform-plugin-testing. It reaches Resource Manager below
// a URL, by the name of its host, with an access token; its configuration is empty. What one
// factory makes never writes one policy twice at once.
func New(url, token string) func() (tfprotov6.ProviderServer, error) {
	client := oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))
	p := &googleProvider{&policies{client: client, url: url, batches: map[string]*batch{}}}
	return providerserver.NewProtocol6WithError(p)
}

func (p *googleProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = TypeName
}

func (p *googleProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *googleProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *googleProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *googleProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &iamMember{p.policies, "_project_iam_member", "project", "projects/"} },
		func() resource.Resource { return &iamMember{p.policies, "_folder_iam_member", "folder", "folders/"} },
		func() resource.Resource {
			return &iamMember{p.policies, "_organization_iam_member", "org_id", "organizations/"}
		},
	}
}
