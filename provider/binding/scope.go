package binding

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// The attributes that name the resource of Google Cloud whose policy is written. Exactly one of
// them is set.
const (
	projectAttribute      = "project"
	folderAttribute       = "folder"
	organizationAttribute = "organization"
)

// scope is the part of a model that names a project, folder or organization.
type scope struct {
	Project      types.String `tfsdk:"project"`
	Folder       types.String `tfsdk:"folder"`
	Organization types.String `tfsdk:"organization"`
}

// scopeAttribute is one of the three, with its value.
type scopeAttribute struct {
	name, collection string
	value            types.String
}

func (s scope) attributes() []scopeAttribute {
	return []scopeAttribute{
		{projectAttribute, "projects", s.Project},
		{folderAttribute, "folders", s.Folder},
		{organizationAttribute, "organizations", s.Organization},
	}
}

// name is the resource's name at Google, such as "projects/payments-prod", and the attribute that
// has it. It is false while that is not known.
func (s scope) name() (name, attribute string, known bool) {
	for _, a := range s.attributes() {
		if !absent(a.value) {
			return a.collection + "/" + a.value.ValueString(), a.name, true
		}
	}
	return "", projectAttribute, false
}

// validate refuses that none of the attributes is set, or more than one. A value that is not known
// yet may turn out to be null, so it decides neither.
func (s scope) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	var given []string
	unknown := false
	for _, a := range s.attributes() {
		unknown = unknown || a.value.IsUnknown()
		if absent(a.value) {
			continue
		}
		if given = append(given, a.name); len(given) > 1 {
			diags.AddAttributeError(path.Root(a.name), "More than one place for the binding",
				fmt.Sprintf("%s and %s are both set, but a binding stands on one of them. Remove one, or write one resource for each.", given[0], a.name))
		}
	}
	if len(given) == 0 && !unknown {
		diags.AddAttributeError(path.Root(projectAttribute), "No place for the binding",
			"Set exactly one of project, folder and organization: it is where the members may activate the role.")
	}
	return diags
}

// digits matches the numbers of folders and organizations.
// Source: cloud.google.com/resource-manager/docs.
var digits = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)

func refuseFolder(id string) validators.Refusal { return refuseNumber("a", "folder", id) }

func refuseOrganization(id string) validators.Refusal { return refuseNumber("an", "organization", id) }

func refuseNumber(article, noun, id string) validators.Refusal {
	summary := "Not the number of " + article + " " + noun
	if bare, ok := strings.CutPrefix(id, noun+"s/"); ok {
		return validators.Refuse(summary, fmt.Sprintf("Write the bare number: %q instead of %q.", bare, id))
	}
	if !digits.MatchString(id) {
		return validators.Refuse(summary, fmt.Sprintf("%q is not a number. Every %s has one, such as \"123456789012\"; it is shown beside the display name in the console.", id, noun))
	}
	return validators.Refusal{}
}
