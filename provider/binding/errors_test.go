package binding

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	google "google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/googleapi"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
)

func testModel(members ...string) model {
	values := make([]attr.Value, len(members))
	for i, m := range members {
		values[i] = memberValue(m)
	}
	return model{
		scope:   scope{Project: types.StringValue("payments-prod")},
		Role:    types.StringValue(role),
		Members: types.SetValueMust(spellingType{subject: memberSubject}, values),
		Title:   types.StringValue(defaultTitle),
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	explainAnswer := func(code int, message string) error {
		return fmt.Errorf("writing the policy of projects/payments-prod: %w", &google.Error{Code: code, Message: message})
	}
	members := path.Root("members")
	tests := map[string]struct {
		err  error
		at   path.Path
		says string
	}{
		"no credentials":        {&client.CredentialsError{Err: errors.New("none")}, path.Empty(), "gcloud auth application-default login"},
		"a pending token":       {&client.PendingError{Attribute: "access_token"}, path.Empty(), "access_token of the provider is not known"},
		"a lost answer":         {fmt.Errorf("x: %w", policy.ErrUnsettled), path.Empty(), "Run terraform apply again"},
		"a race lost for ever":  {fmt.Errorf("x: %w: %w", policy.ErrConflict, explainAnswer(409, "concurrent")), path.Root("project"), "Others kept changing the policy of projects/payments-prod"},
		"a policy of version 4": {fmt.Errorf("x: %w", policy.ErrVersion), path.Root("project"), "newer version of the provider"},
		"no policy":             {fmt.Errorf("x: %w", policy.ErrNoEtag), path.Root("project"), "not Google"},
		"a null binding":        {fmt.Errorf("x: %w", policy.ErrNullBinding), path.Root("project"), "not Google"},
		"a panic":               {fmt.Errorf("x: %w", &policy.PanicError{Value: "nil map"}), path.Empty(), "defect of the provider"},
		"an interruption":       {context.Canceled, path.Empty(), "interrupted"},
		"a broken connection":   {errors.New("connection reset"), path.Empty(), "could not be reached"},

		"401": {explainAnswer(401, "Request had invalid authentication credentials."), path.Empty(), "expired or were revoked"},
		"403": {explainAnswer(403, "The caller does not have permission"), path.Root("project"), "roles/resourcemanager.projectIamAdmin"},
		"404": {explainAnswer(404, "not found"), path.Root("project"), "There is no projects/payments-prod"},
		"429": {explainAnswer(429, "Quota exceeded"), path.Empty(), "quota"},
		"503": {explainAnswer(503, "unavailable"), path.Empty(), "several tries"},
		"an account that may not be impersonated": {&client.RefusedError{Err: fmt.Errorf("x: %w", googleapi.ErrNotImpersonated)}, path.Empty(), "roles/iam.serviceAccountTokenCreator"},
		"a sign-in that expired":                  {&client.RefusedError{Err: fmt.Errorf("x: %w", googleapi.ErrRefused)}, path.Empty(), "expired or were revoked"},
		"a billing project of others": {explainAnswer(403, "Caller does not have required permission to use project paying. Grant the caller the roles/serviceusage.serviceUsageConsumer role."),
			path.Empty(), "billing_project"},
		"an API that is off": {explainAnswer(403, "Cloud Resource Manager API has not been used in project 1 before or it is disabled."),
			path.Empty(), "gcloud services enable"},

		"an unknown user":                  {explainAnswer(400, "User alice@example.com does not exist."), members.AtSetValue(memberValue("user:Alice@example.com")), "Google knows no user alice@example.com"},
		"an unknown foreign group":         {explainAnswer(400, "Group sec@example.com does not exist."), members, "no member of this resource"},
		"a member of another organization": {explainAnswer(400, "One or more users named in the policy do not belong to a permitted customer."), members, "iam.allowedPolicyMemberDomains"},
		"a full policy":                    {explainAnswer(400, "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500."), members, "1,500"},
		"a role for elsewhere":             {explainAnswer(400, "Role roles/x is not supported for this resource."), path.Root("role"), "cannot be granted here"},
		"an unknown role":                  {explainAnswer(400, "Role (projects/p/roles/r) does not exist in the resource's hierarchy."), path.Root("role"), "does not exist here"},
		"a basic role":                     {explainAnswer(400, "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles"), path.Root("role"), "basic role"},
		"a condition":                      {explainAnswer(400, "Condition expression compilation failed"), path.Root("resource_condition"), "does not take the condition"},
		"a complex condition":              {explainAnswer(400, "Logical operators count must not be more than 12"), path.Root("resource_condition"), "too complex"},
		"a perimeter":                      {explainAnswer(403, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x"), path.Root("project"), "The credentials lack"},
		"credentials without a project":    {explainAnswer(403, "The x.googleapis.com API requires a quota project, which is not set by default."), path.Root("project"), "The credentials lack"},
		"an unknown service account":       {explainAnswer(400, "Service account x@y.iam.gserviceaccount.com does not exist."), path.Empty(), "refuses the policy"},
		"another constraint":               {explainAnswer(400, "Constraint constraints/iam.x violated"), path.Empty(), "refuses the policy"},
		"a project on its way out":         {explainAnswer(400, "Project payments-prod is not active."), path.Empty(), "refuses the policy"},
		"another refusal":                  {explainAnswer(400, "Request contains an invalid argument."), path.Empty(), "refuses the policy"},
	}
	b := &binding{name: "self_approval_binding"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := b.explain(t.Context(), test.err, creating, testModel("user:Alice@example.com", bob))
			located, ok := d.(diag.DiagnosticWithPath)
			at := path.Empty()
			if ok {
				at = located.Path()
			}
			if ok != (len(test.at.Steps()) > 0) || !at.Equal(test.at) || !strings.Contains(d.Detail(), test.says) || d.Severity() != diag.SeverityError {
				t.Errorf("got %s at %q: %s\nwant %q at %q", d.Summary(), at, d.Detail(), test.says, test.at)
			}
			if d.Summary() != "Eligible binding not created" {
				t.Errorf("summary: got %q", d.Summary())
			}
		})
	}
}

func TestExplain_UpstreamComesLastAndShort(t *testing.T) {
	t.Parallel()
	page := &google.Error{Code: 502, Body: strings.Repeat("<html>", 1000)}
	got := (&binding{}).explain(t.Context(), page, reading, testModel(alice)).Detail()
	first, last, _ := strings.Cut(got, "\n\nThe error was: Google answered 502: ")
	if first == "" || !strings.HasPrefix(last, "<html>") || len(last) > 700 {
		t.Errorf("got %q, want our words, then at most 700 bytes of the page", got)
	}
}

func TestExplain_RefusesWithTheImportCommand(t *testing.T) {
	t.Parallel()
	k := testKey(t, disks)
	other := wording{title: "Other"}
	err := &otherTitleError{key: k, members: []standing{{who(t, bob)[0], other}}, ids: map[wording]string{other: k.importID("Other", types.StringNull())}}
	b := &binding{name: "self_approval_binding"}
	d := b.explain(t.Context(), err, creating, testModel(alice, "user:Bob@example.com"))
	located, ok := d.(diag.DiagnosticWithPath)
	if want := path.Root("members").AtSetValue(memberValue("user:Bob@example.com")); !ok || !located.Path().Equal(want) {
		t.Errorf("path: got %v, want %v", d, want)
	}
	for _, want := range []string{`user:bob@example.com stands under the title "Other"`, "  " + b.importCommand(k.importID("Other", types.StringNull()))} {
		if !strings.Contains(d.Detail(), want) {
			t.Errorf("got %q\nwant it to hold %q", d.Detail(), want)
		}
	}
	if strings.Contains(d.Detail(), "terraform destroy") {
		t.Errorf("got %q, want nothing about a plan in an apply", d.Detail())
	}
}

// A destroy after a lost change of the title looked under the old one, and left the members.
func TestExplain_ALostAnswerIsSettledByAnApplyBeforeADestroy(t *testing.T) {
	t.Parallel()
	d := (&binding{}).explain(t.Context(), fmt.Errorf("x: %w", policy.ErrUnsettled), updating, testModel(alice))
	if want := "Run terraform apply again, before you destroy or change the resource"; !strings.Contains(d.Detail(), want) {
		t.Errorf("got %q\nwant it to hold %q", d.Detail(), want)
	}
}

func TestNotFound_BelievesGoogleOnly(t *testing.T) {
	t.Parallel()
	if !notFound(fmt.Errorf("x: %w", &google.Error{Code: 404, Message: "Requested entity was not found."})) {
		t.Error("Google's 404 does not count as gone")
	}
	for _, err := range []error{nil, errors.New("x"), &google.Error{Code: 404, Body: "<html>"}, &google.Error{Code: 403, Message: "no"}} {
		if notFound(err) {
			t.Errorf("gone(%v) is true", err)
		}
	}
}
