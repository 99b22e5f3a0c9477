package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
)

const cloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform"

// setting is a value of the provider's configuration and where it comes from.
type setting struct {
	attribute string
	variable  string // the environment variable that it comes from, "" for the attribute
	value     string
}

// setting prefers the attribute to the variables, and the first variable that holds something to
// the others.
func (p *jitaccess) setting(given types.String, attribute string, variables ...string) setting {
	if !given.IsNull() {
		return setting{attribute: attribute, value: given.ValueString()}
	}
	for _, name := range variables {
		if value := p.getenv(name); value != "" {
			return setting{attribute: attribute, variable: name, value: value}
		}
	}
	return setting{attribute: attribute}
}

// unusable blames the attribute, or names the variable.
func (s setting) unusable(why error) diag.Diagnostics {
	detail := diagnostics.Sentence(why) + "."
	if s.variable != "" {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unusable "+s.variable, detail+" It comes from the environment.")}
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(s.attribute), "Unusable "+s.attribute, detail)}
}

// access is how Google is reached, as far as it is known.
type access struct {
	credentials, token, account, billing, endpoint setting
	delegates                                      []string
	userAgent                                      string
}

// access puts the configuration and the environment together. What the configuration says of who
// calls Google wins over all that the environment says of it; within the environment a token wins
// over credentials.
func (p *jitaccess) access(given settings) access {
	a := access{
		credentials: p.setting(given.Credentials, credentialsAttribute, credentialsVariables...),
		token:       p.setting(given.AccessToken, accessTokenAttribute, accessTokenVariable),
		account:     p.setting(given.Impersonate, impersonateAttribute, impersonateVariable),
		billing:     p.setting(given.BillingProject, billingProjectAttribute, billingProjectVariable),
		endpoint:    p.setting(given.Endpoint, endpointAttribute, client.EndpointVariable),
		userAgent:   "terraform-provider-jitaccess/" + p.version,
	}
	if !given.Impersonate.IsUnknown() { // what they lead to may be known later
		a.delegates, _ = given.delegates()
	}
	switch {
	case !given.Credentials.IsNull() && a.token.variable != "":
		a.token = setting{attribute: accessTokenAttribute}
	case a.token.value != "" && a.credentials.variable != "":
		a.credentials = setting{attribute: credentialsAttribute}
	}
	return a
}

// elsewhereWarning names the place that the environment sends every call to, with its access token.
// A configuration that names one shows it to whoever reads the plan.
func (a access) elsewhereWarning() diag.Diagnostics {
	if a.endpoint.variable == "" {
		return nil
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Google's APIs are reached elsewhere", fmt.Sprintf(
		"The environment variable %s sends every call of the provider, with its access token, to %s instead of Google. Unset it, unless an emulator or a proxy is meant.",
		a.endpoint.variable, a.endpoint.value))}
}

// config is what internal/googleapi takes. The diagnostics say what of it is unusable; nobody is
// called, and no application default credentials are looked for.
func (a access) config() (googleapi.Config, diag.Diagnostics) {
	content, err := fileContent(a.credentials.value)
	if err != nil {
		return googleapi.Config{}, a.credentials.unusable(err)
	}
	c := googleapi.Config{
		Endpoint:        a.endpoint.value,
		AccessToken:     a.token.value,
		CredentialsJSON: content,
		Impersonate:     a.account.value,
		Delegates:       a.delegates,
		BillingProject:  a.billing.value,
		Scopes:          []string{cloudPlatformScope},
		UserAgent:       a.userAgent,
	}
	return c, a.refuse(c)
}

// refuse tries each part by itself, so that the one to blame is named.
func (a access) refuse(c googleapi.Config) diag.Diagnostics {
	const unused = "unused"
	switch {
	case a.token.value != "" && a.credentials.value != "":
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(accessTokenAttribute), "Two kinds of credentials",
			"credentials and access_token both say who calls Google. Remove one of them.")}
	case len(a.delegates) > 0 && a.account.value == "":
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(delegatesAttribute), "Delegates for nobody",
			"impersonate_service_account_delegates lead to the account of impersonate_service_account, which is not set. Set it, or remove the delegates.")}
	}
	var diags diag.Diagnostics
	for _, part := range []struct {
		setting
		config googleapi.Config
	}{
		{a.endpoint, googleapi.Config{AccessToken: unused, Endpoint: c.Endpoint}},
		{a.credentials, googleapi.Config{CredentialsJSON: c.CredentialsJSON}},
		{a.token, googleapi.Config{AccessToken: c.AccessToken}},
		{a.account, googleapi.Config{AccessToken: unused, Impersonate: c.Impersonate}},
		{a.billing, googleapi.Config{AccessToken: unused, BillingProject: c.BillingProject}},
	} {
		if part.value == "" {
			continue
		}
		if _, err := googleapi.New(context.Background(), part.config); err != nil {
			diags.Append(part.unusable(err)...)
		}
	}
	for i, delegate := range c.Delegates {
		if _, err := googleapi.New(context.Background(), googleapi.Config{AccessToken: unused, Impersonate: delegate}); err != nil || delegate == "" {
			diags.AddAttributeError(path.Root(delegatesAttribute).AtListIndex(i), "Unusable delegate", "A delegate is the e-mail address of a service account, such as terraform@my-project.iam.gserviceaccount.com.")
		}
	}
	return diags
}

// fileContent is the content of a credentials file that is given by its path or as it stands. The
// error does not repeat what was given: it may be a secret.
func fileContent(given string) (string, error) {
	if given == "" || strings.HasPrefix(strings.TrimSpace(given), "{") {
		return given, nil
	}
	name := given
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("the path begins with ~, but the home directory is not known")
		}
		name = filepath.Join(home, rest)
	}
	content, err := os.ReadFile(name)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return "", errors.New("it is no JSON, and as the path of a file it cannot be read: " + failed.Err.Error())
	case err != nil:
		return "", errors.New("it is no JSON, and as the path of a file it cannot be read")
	case len(content) == 0:
		return "", errors.New("the file is empty")
	}
	return string(content), nil
}
