package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// The attributes of the provider, and the environment variables that stand in for them, under the
// names that Google's own provider has.
const (
	credentialsAttribute    = "credentials"
	accessTokenAttribute    = "access_token"
	impersonateAttribute    = "impersonate_service_account"
	delegatesAttribute      = "impersonate_service_account_delegates"
	billingProjectAttribute = "billing_project"
	endpointAttribute       = "endpoint"
	portalProjectAttribute  = "portal_project"

	accessTokenVariable    = "GOOGLE_OAUTH_ACCESS_TOKEN" //nolint:gosec // a name
	impersonateVariable    = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"
	billingProjectVariable = "GOOGLE_BILLING_PROJECT"
)

// credentialsVariables are looked at in this order.
var credentialsVariables = []string{"GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"}

// settings is the provider's configuration.
type settings struct {
	Credentials    types.String `tfsdk:"credentials"`
	AccessToken    types.String `tfsdk:"access_token"`
	Impersonate    types.String `tfsdk:"impersonate_service_account"`
	Delegates      types.List   `tfsdk:"impersonate_service_account_delegates"`
	BillingProject types.String `tfsdk:"billing_project"`
	Endpoint       types.String `tfsdk:"endpoint"`
	PortalProject  types.String `tfsdk:"portal_project"`
}

// pending names an attribute whose value is not known yet and without which Google cannot be
// called, or is "".
func (s settings) pending() string {
	switch {
	case s.Credentials.IsUnknown():
		return credentialsAttribute
	case s.AccessToken.IsUnknown():
		return accessTokenAttribute
	case s.Impersonate.IsUnknown():
		return impersonateAttribute
	case s.BillingProject.IsUnknown():
		return billingProjectAttribute
	case s.Endpoint.IsUnknown():
		return endpointAttribute
	}
	if _, known := s.delegates(); !known {
		return delegatesAttribute
	}
	return ""
}

// delegates are the accounts of the chain, or false while one is not known yet.
func (s settings) delegates() (accounts []string, known bool) {
	if s.Delegates.IsUnknown() {
		return nil, false
	}
	for _, e := range s.Delegates.Elements() {
		account, ok := e.(types.String)
		if !ok || account.IsUnknown() {
			return nil, false
		}
		accounts = append(accounts, account.ValueString())
	}
	return accounts, true
}

func settingsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Just-in-time access for Google Cloud: writes down who may activate which role, when they need it, for a limited time.",
		Attributes: map[string]schema.Attribute{
			credentialsAttribute: secret("Whose credentials call Google: the path of a file of a service account, a user or workload identity federation, or its content as JSON. " +
				"Not together with `access_token`. By default the environment variables `GOOGLE_CREDENTIALS`, `GOOGLE_CLOUD_KEYFILE_JSON` and `GCLOUD_KEYFILE_JSON`, and otherwise " +
				"[application default credentials](https://cloud.google.com/docs/authentication/application-default-credentials), which are looked for when a policy is first read or written."),
			accessTokenAttribute: secret("An OAuth 2.0 access token in place of credentials, such as `gcloud auth print-access-token` prints; it lasts for an hour and is not renewed. " +
				"By default, where `credentials` is not set, the environment variable `" + accessTokenVariable + "`."),
			impersonateAttribute: optional("The e-mail address of a service account that calls Google in the end. Whoever the credentials are needs `roles/iam.serviceAccountTokenCreator` on it. " +
				"By default the environment variable `" + impersonateVariable + "`, and otherwise nobody is impersonated."),
			delegatesAttribute: schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "The e-mail addresses of service accounts between the credentials and `impersonate_service_account`, in order: each needs " +
					"`roles/iam.serviceAccountTokenCreator` on the next, the last one on the account that is impersonated. None by default.",
			},
			billingProjectAttribute: optional("The id of the project whose API quota every call uses (`X-Goog-User-Project`); the caller needs `roles/serviceusage.serviceUsageConsumer` on it. " +
				"By default the environment variable `" + billingProjectVariable + "`, and otherwise the project that the credentials name."),
			endpointAttribute: optional("Where Google's APIs are reached instead, for an emulator or a proxy: every call to `https://HOST/…` goes to `ENDPOINT/HOST/…`. " +
				"An `https` URL, or an `http` URL of this machine such as `http://127.0.0.1:8080`. By default the environment variable `" + client.EndpointVariable + "`, which every plan and apply warns of, and otherwise Google."),
			portalProjectAttribute: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The id of the project that the portal runs in. The portal activates nothing there, so that nobody becomes able to act as it: " +
					"a binding on that project, or on a folder or organization that may hold it, is warned about at plan. By default there is no such warning.",
				Validators: []validator.String{validators.String("The bare id of a project.", validators.ProjectID)},
			},
		},
	}
}

func optional(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{validators.String("Not empty.", refuseEmpty)},
	}
}

func secret(description string) schema.StringAttribute {
	a := optional(description)
	a.Sensitive = true
	return a
}

func refuseEmpty(value string) validators.Refusal {
	if strings.TrimSpace(value) != "" {
		return validators.Refusal{}
	}
	return validators.Refuse("An empty value", "Remove the attribute, or check the variable that it comes from: it is empty.")
}
