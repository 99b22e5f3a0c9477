package binding

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/diagnostics"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/validators"
)

// importID is what an import names: the key of a resource without its constraint, which the type of
// the resource says.
type importID struct {
	attribute, value string // project, folder or organization
	role             string
	condition        string // free text, "" for none
}

const importFormat = "Write PLACE ROLE, and after another blank the resource condition, if there is one:\n\n" +
	"  projects/payments-prod roles/compute.admin\n" +
	"  folders/123456789012 roles/compute.admin resource.type == \"compute.googleapis.com/Disk\""

// parseImportID reads "RESOURCE ROLE [RESOURCE CONDITION]". The condition is the rest of the line,
// so that nothing in it needs to be escaped.
func parseImportID(id string) (importID, error) {
	name, rest := cutBlank(id)
	role, condition := cutBlank(rest)
	collection, value, _ := strings.Cut(name, "/")
	attribute, ok := collections[collection]
	if !ok {
		return importID{}, fmt.Errorf("%q is not a place: it begins with projects/, folders/ or organizations/", name)
	}
	found := importID{attribute, value, role, condition}
	if err := found.check(); err != nil {
		return importID{}, err
	}
	return found, nil
}

// collections are the attributes that name a resource of Google Cloud, by its collection.
var collections = map[string]string{"projects": projectAttribute, "folders": folderAttribute, "organizations": organizationAttribute}

// check refuses what would be refused in a configuration.
func (id importID) check() error {
	rules := map[string]func(string) validators.Refusal{projectAttribute: validators.ProjectID, folderAttribute: refuseFolder, organizationAttribute: refuseOrganization}
	if r := rules[id.attribute](id.value); r != (validators.Refusal{}) {
		return fmt.Errorf("%s", r.Detail)
	}
	if id.role == "" {
		return fmt.Errorf("there is no role after %q", id.attribute+"s/"+id.value)
	}
	if r := refuseRole(id.role); r != (validators.Refusal{}) {
		return fmt.Errorf("%s", r.Detail)
	}
	if r := refuseCondition(id.condition); id.condition != "" && r != (validators.Refusal{}) {
		return fmt.Errorf("%s: %s", r.Summary, r.Detail)
	}
	return nil
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

// importID is the id that imports a key.
func (k key) importID() string {
	return strings.TrimSpace(k.resource + " " + k.role + " " + k.condition)
}

// importCommand is the command that imports a key, quoted for a POSIX shell.
func (b *binding) importCommand(k key) string {
	quoted := "'" + strings.ReplaceAll(k.importID(), "'", `'\''`) + "'"
	return fmt.Sprintf("terraform import %s_%s.NAME %s", client.TypeName, b.name, quoted)
}

// ImportState sets the key, from an id or an identity. Read, which follows, takes in every user and
// group.
func (b *binding) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := requestedID(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(id.attribute), id.value)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(roleAttribute), id.role)...)
	if id.condition != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(resourceConditionAttribute), id.condition)...)
	}
}

// requestedID is what an import names.
func requestedID(ctx context.Context, req resource.ImportStateRequest) (id importID, diags diag.Diagnostics) {
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		var given identity
		diags.Append(req.Identity.Get(ctx, &given)...)
		if diags.HasError() {
			return id, diags
		}
		id, err := given.importID()
		if err != nil {
			diags.AddError("Import identity not understood", diagnostics.Sentence(err)+".")
		}
		return id, diags
	}
	id, err := parseImportID(req.ID)
	if err != nil {
		diags.AddError("Import id not understood", fmt.Sprintf("%s.\n\n%s", strings.TrimSuffix(diagnostics.Sentence(err), "."), importFormat))
	}
	return id, diags
}

// nothingToImport says what could be imported instead.
func nothingToImport(k key, p *policy.Policy) diag.Diagnostic {
	detail := fmt.Sprintf("The policy of %s has no eligible binding with a user or group for %s that needs %s", k.resource, k.role, k.constraint)
	if k.condition != "" {
		detail += " and has this resource condition: " + k.condition
	}
	detail += "."
	if ids := k.otherImportIDs(p); len(ids) > 0 {
		detail += "\n\nFor this role there is:\n  " + strings.Join(ids, "\n  ")
	}
	return diag.NewErrorDiagnostic("Nothing to import", detail)
}

// otherImportIDs are those of the eligible bindings of the same role and constraint.
func (k key) otherImportIDs(p *policy.Policy) []string {
	var ids []string
	for _, b := range p.Bindings {
		if b.Role != k.role {
			continue
		}
		e, ok := eligibleBy(b)
		if !ok || e.Constraint != k.constraint {
			continue
		}
		other := key{resource: k.resource, role: k.role, condition: e.ResourceCondition}
		ids = append(ids, other.importID())
	}
	return ids
}

// severalTitlesWarning names the titles under which an import found members.
func severalTitlesWarning(wordings []wording) diag.Diagnostic {
	lines := make([]string, len(wordings))
	for i, t := range wordings {
		lines[i] = "  " + t.String()
	}
	return diag.NewAttributeWarningDiagnostic(path.Root(titleAttribute), "Members under several titles",
		"The members stand in several bindings:\n"+strings.Join(lines, "\n")+"\n\nThe next apply moves all of them into one, under the title and description of your configuration.")
}
