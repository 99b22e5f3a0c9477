package diagnostics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/cause"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

// Failure is why something could not be done.
type Failure struct {
	Summary, Detail string
	At              path.Path // empty: no single attribute is to blame
	Answer          string    // what Google or the network said, or ""
}

// Answered takes what Google said in place of the error that it came in.
func (f *Failure) Answered(why cause.Cause) {
	f.Answer = strings.TrimSpace(fmt.Sprintf("Google answered %d: %s", why.Status, why.Message))
}

// ExplainAccess explains what keeps every resource from Google alike: credentials, settings that
// are not known yet, the network. It is false for what Google answered about the resource, which
// the resource has to explain.
func (f *Failure) ExplainAccess(err error) bool {
	why := cause.Of(err)
	var missing *client.CredentialsError
	var pending *client.PendingError
	switch {
	case errors.As(err, &missing):
		f.Detail = "The provider found no credentials for Google. Run \"gcloud auth application-default login\", set GOOGLE_APPLICATION_CREDENTIALS, or give the provider credentials or an access_token."
	case errors.As(err, &pending):
		f.Detail = fmt.Sprintf("%s of the provider is not known before the apply, but is needed to read the policy. Apply what it comes from first, with -target, or give it as a variable.", pending.Attribute)
		f.Answer = ""
	case errors.Is(err, googleapi.ErrNotImpersonated):
		f.Detail = "The credentials may not act as the service account that is to be impersonated, or there is none of that name. Grant them roles/iam.serviceAccountTokenCreator on it, which takes some minutes to work, and enable iamcredentials.googleapis.com in its project."
	case why.Status == http.StatusUnauthorized:
		f.Answered(why)
		f.Detail = "Google does not accept the credentials: they expired or were revoked. Run \"gcloud auth application-default login\" again, or renew the access_token."
	case why.Status != 0:
		return false
	case errors.Is(err, context.Canceled):
		f.Detail = "It was interrupted before anything was written. Run terraform apply again."
	default:
		f.Detail = "Google could not be reached. Check the network, proxies and the provider's endpoint, and run the command again."
	}
	return true
}

// Diagnostic is the failure as Terraform shows it.
func (f Failure) Diagnostic() diag.Diagnostic {
	detail := f.Detail
	if remark := f.Remark(); remark != "" {
		detail += "\n\n" + remark
	}
	if len(f.At.Steps()) == 0 {
		return diag.NewErrorDiagnostic(f.Summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(f.At, f.Summary, detail)
}

// Remark is the answer as a sentence, or "". It is bounded: an answer may be a whole page.
func (f Failure) Remark() string {
	const longest = 600
	if f.Answer == "" {
		return ""
	}
	answer := f.Answer
	if r := []rune(answer); len(r) > longest {
		answer = string(r[:longest]) + "…"
	}
	return "The error was: " + answer
}
