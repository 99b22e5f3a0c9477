package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
)

// importID is what an import names: the key of a resource, without its
// constraint, which the resource's type says.
type importID struct {
	attribute, value string // project, folder or organization
	role             string
	condition        string // free text, "" for none
}

const importFormat = "Write PLACE ROLE, and after another blank the resource condition, if there is one:\n\n" +
	"  projects/payments-prod roles/compute.admin\n" +
	"  folders/123456789012 roles/compute.admin resource.type == \"compute.googleapis.com/Disk\""

// parseImportID reads "PLACE ROLE [RESOURCE CONDITION]". The condition is the
// rest of the line, so that nothing in it needs to be escaped.
func parseImportID(id string) (importID, error) {
	place, rest := cutBlank(id)
	role, condition := cutBlank(rest)
	collection, value, _ := strings.Cut(place, "/")
	attribute, rule := placeRule(collection)
	if attribute == "" {
		return importID{}, fmt.Errorf("%q is not a place: it begins with projects/, folders/ or organizations/", place)
	}
	if r := rule(value); r != (refusal{}) {
		return importID{}, fmt.Errorf("%s", r.detail)
	}
	if role == "" {
		return importID{}, fmt.Errorf("there is no role after %q", place)
	}
	if r := refuseRole(role); r != (refusal{}) {
		return importID{}, fmt.Errorf("%s", r.detail)
	}
	if r := refuseCondition(condition); condition != "" && r != (refusal{}) {
		return importID{}, fmt.Errorf("%s: %s", r.summary, r.detail)
	}
	return importID{attribute, value, role, condition}, nil
}

// cutBlank cuts at the first run of blanks.
func cutBlank(s string) (first, rest string) {
	s = strings.TrimSpace(s)
	i := strings.IndexAny(s, " \t\r\n")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

func placeRule(collection string) (attribute string, rule func(string) refusal) {
	switch collection {
	case "projects":
		return projectAttribute, refuseProject
	case "folders":
		return folderAttribute, refuseFolder
	case "organizations":
		return organizationAttribute, refuseOrganization
	}
	return "", nil
}

// importID is the id by which a key is imported.
func (k key) importID() string {
	return strings.TrimSpace(k.resource + " " + k.role + " " + k.condition)
}

// importCommand is what a practitioner types, quoted for a POSIX shell.
func (b *binding) importCommand(k key) string {
	quoted := "'" + strings.ReplaceAll(k.importID(), "'", `'\''`) + "'"
	return fmt.Sprintf("terraform import %s_%s.NAME %s", typeName, b.name, quoted)
}

// ImportState sets the key; Read, which follows, takes in every user and group.
func (b *binding) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, err := parseImportID(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Import id not understood", fmt.Sprintf("%s.\n\n%s", strings.TrimSuffix(sentence(err), "."), importFormat))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(id.attribute), id.value)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(roleAttribute), id.role)...)
	if id.condition != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(resourceConditionAttribute), id.condition)...)
	}
}

// nothingToImport says what could be imported instead.
func nothingToImport(k key, p *policy.Policy) diag.Diagnostic {
	detail := fmt.Sprintf("The policy of %s has no eligible binding with a user or group for %s that needs %s", k.resource, k.role, k.constraint)
	if k.condition != "" {
		detail += " and has this resource condition: " + k.condition
	}
	detail += "."
	if ids := k.siblings(p); len(ids) > 0 {
		detail += "\n\nFor this role there is:\n  " + strings.Join(ids, "\n  ")
	}
	return diag.NewErrorDiagnostic("Nothing to import", detail)
}

// siblings are the ids of the eligible bindings of the same role and constraint.
func (k key) siblings(p *policy.Policy) []string {
	var ids []string
	for _, b := range p.Bindings {
		if b.Role != k.role || b.Condition == nil {
			continue
		}
		e, ok, _ := eligibility.ReadEligible(conditionOf(b))
		if !ok || e.Constraint != k.constraint {
			continue
		}
		other := key{resource: k.resource, role: k.role, condition: e.ResourceCondition}
		ids = append(ids, other.importID())
	}
	return ids
}

func severalTexts(texts []text) diag.Diagnostic {
	lines := make([]string, len(texts))
	for i, t := range texts {
		lines[i] = "  " + t.String()
	}
	return diag.NewAttributeWarningDiagnostic(path.Root(titleAttribute), "Members under several titles",
		"The members stand in several bindings:\n"+strings.Join(lines, "\n")+"\n\nThe next apply moves all of them into one, under the title and description of your configuration.")
}
