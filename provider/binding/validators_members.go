package binding

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// membersValidator refuses members that cannot be eligible, each on its own path.
type membersValidator struct{}

var _ validator.Set = membersValidator{}

func (membersValidator) Description(context.Context) string {
	return "At least one user or group, each named once."
}

func (p membersValidator) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

func (membersValidator) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if absent(req.ConfigValue) {
		return
	}
	if len(req.ConfigValue.Elements()) == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "No members",
			"An eligible binding needs at least one member. Name a user or a group, or remove the resource.")
	}
	seen := map[eligibility.Principal]string{}
	for _, e := range req.ConfigValue.Elements() {
		if r := refuseElement(seen, e); r != (validators.Refusal{}) {
			resp.Diagnostics.AddAttributeError(req.Path.AtSetValue(e), r.Summary, r.Detail)
		}
	}
	if r := refuseTooMany(seen); r != (validators.Refusal{}) {
		resp.Diagnostics.AddAttributeError(req.Path, r.Summary, r.Detail)
	}
}

// refuseTooMany refuses members that no policy has room for, whatever else it holds.
func refuseTooMany(members map[eligibility.Principal]string) validators.Refusal {
	groups := 0
	for who := range members {
		if who.Kind == eligibility.Group {
			groups++
		}
	}
	switch {
	case len(members) > maxMembers:
		return validators.Refuse("Too many members", fmt.Sprintf("These are %d members; IAM allows %d in a whole policy. Name a group instead of its people.", len(members), maxMembers))
	case groups > maxGroups:
		return validators.Refuse("Too many groups", fmt.Sprintf("These are %d groups; IAM allows %d in a whole policy. Name one group that holds the others.", groups, maxGroups))
	}
	return validators.Refusal{}
}

// refuseElement is about one element, by those that were seen before.
func refuseElement(seen map[eligibility.Principal]string, e attr.Value) validators.Refusal {
	value, ok := e.(basetypes.StringValuable)
	if !ok || e.IsUnknown() {
		return validators.Refusal{}
	}
	if e.IsNull() {
		return validators.Refuse("A member without a value", "One of the members is null. Check the variable or expression that it comes from.")
	}
	s, _ := value.ToStringValue(context.Background())
	who, err := eligibility.ParsePrincipal(s.ValueString())
	if err != nil {
		return refuseMember(s.ValueString(), err)
	}
	if strings.HasSuffix(who.Email, serviceAccountDomain) {
		return refuseKind(s.ValueString(), "serviceAccount:")
	}
	return refuseDuplicate(seen, who, s.ValueString())
}

// refuseDuplicate remembers who was seen, and refuses the second spelling of the same member.
func refuseDuplicate(seen map[eligibility.Principal]string, who eligibility.Principal, s string) validators.Refusal {
	if first, ok := seen[who]; ok {
		return validators.Refuse("A member twice", fmt.Sprintf("%q and %q are the same: IAM does not tell letter case apart. Remove one of them.", first, s))
	}
	seen[who] = s
	return validators.Refusal{}
}

// serviceAccountDomain ends the address of every service account, those of Google's services too.
// Source: cloud.google.com/iam/docs/service-account-types.
const serviceAccountDomain = ".gserviceaccount.com"

// otherMembers are kinds of members that IAM has but that cannot be eligible, by the beginning of
// their names.
var otherMembers = []struct{ prefix, summary, detail string }{
	{"allUsers", "Everyone on the internet cannot be eligible", "allUsers cannot sign in to the portal. Name the users and groups that may activate the role."},
	{"allAuthenticatedUsers", "Every Google account cannot be eligible", "allAuthenticatedUsers is everybody with a Google account. Name the users and groups that may activate the role."},
	{"serviceAccount:", "A service account cannot be eligible", "Just-in-time access is for people who sign in to the portal. Give the service account its role with google_project_iam_member, or name the people who use it."},
	{"domain:", "A whole domain cannot be eligible", "Name a group that holds the people of the domain who may activate the role."},
	{"principalSet:", "A set of external identities cannot be eligible", "The portal signs people in with their Google accounts, not through a workforce or workload identity pool. Name users or groups."},
	{"principal:", "An external identity cannot be eligible", "The portal signs people in with their Google accounts, not through a workforce or workload identity pool. Name a user or a group."},
	{"principalHierarchy:", "A set of identities cannot be eligible", "Name users or groups."},
	{"projectOwner:", "A project's owners cannot be eligible", "Whoever owns the project has the role's permissions already. Name users or groups."},
	{"projectEditor:", "A project's editors cannot be eligible", "Name the users or groups that are meant."},
	{"projectViewer:", "A project's viewers cannot be eligible", "Name the users or groups that are meant."},
	{"deleted:", "A deleted account cannot be eligible", "IAM takes no deleted member. Remove it; if the account was created again, name it without deleted: and ?uid=."},
}

// refuseKind refuses a member that is one of otherMembers.
func refuseKind(s, kind string) validators.Refusal {
	for _, w := range otherMembers {
		if strings.HasPrefix(kind, w.prefix) {
			return validators.Refuse(w.summary, fmt.Sprintf("%q cannot be a member. %s", s, w.detail))
		}
	}
	return validators.Refusal{}
}

// refuseMember refuses a member that is no user and no group.
func refuseMember(s string, err error) validators.Refusal {
	if r := refuseKind(s, s); r != (validators.Refusal{}) {
		return r
	}
	why := diagnostics.Sentence(err)
	if !strings.Contains(s, ":") {
		why = fmt.Sprintf("%q is not a user or a group", s)
	}
	return validators.Refuse("Malformed member", fmt.Sprintf("%s.\n\nWrite user:ADDRESS or group:ADDRESS, such as \"user:alice@example.com\".%s", why, suggestion(s)))
}

// suggestion says what a malformed member was probably meant to be, or is "".
func suggestion(s string) string {
	kind, address, _ := strings.Cut(s, ":")
	kind, address = strings.ToLower(strings.TrimSpace(kind)), strings.TrimSpace(address)
	if meant := kind + ":" + address; isPrincipal(meant) {
		return fmt.Sprintf(" Did you mean %q? The part before the colon is lower-case, and there are no blanks.", meant)
	}
	if meant := strings.TrimSuffix(kind, "s") + ":" + address; isPrincipal(meant) {
		return fmt.Sprintf(" Did you mean %q?", meant)
	}
	if isPrincipal("user:" + s) {
		return fmt.Sprintf(" Did you mean \"user:%s\" or \"group:%s\"?", s, s)
	}
	return ""
}

func isPrincipal(s string) bool {
	_, err := eligibility.ParsePrincipal(s)
	return err == nil
}
