package binding

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
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
	title            string // of the binding, "" where there is only one
	condition        string // free text, "" for none
}

const importFormat = "Write PLACE ROLE, after another blank the title where several bindings differ in it, and after another the resource condition, if there is one:\n\n" +
	"  projects/payments-prod roles/compute.admin\n" +
	"  projects/payments-prod roles/compute.admin title=\"Eligible for JIT access\"\n" +
	"  folders/123456789012 roles/compute.admin resource.type == \"compute.googleapis.com/Disk\""

// titlePrefix begins the title in an import id. No resource condition begins so.
const titlePrefix = "title="

// parseImportID reads `RESOURCE ROLE [title="TITLE"] [RESOURCE CONDITION]`. The title is quoted as
// in Go and in HCL. The condition is the rest of the line, so that nothing in it needs to be
// escaped.
func parseImportID(id string) (importID, error) {
	name, rest := cutBlank(id)
	role, rest := cutBlank(rest)
	title, condition, err := cutTitle(rest)
	if err != nil {
		return importID{}, err
	}
	collection, value, _ := strings.Cut(name, "/")
	attribute, ok := collections[collection]
	if !ok {
		return importID{}, fmt.Errorf("%q is not a place: it begins with projects/, folders/ or organizations/", name)
	}
	found := importID{attribute, value, role, title, condition}
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

// cutTitle cuts the title off, if there is one.
func cutTitle(s string) (title, rest string, err error) {
	quoted, ok := strings.CutPrefix(s, titlePrefix)
	if !ok || !strings.HasPrefix(quoted, `"`) {
		return "", s, nil
	}
	prefix, err := strconv.QuotedPrefix(quoted)
	if err != nil {
		return "", "", fmt.Errorf("the title after %s has no end: write it in quotes, with a backslash before each quote in it", titlePrefix)
	}
	title, err = strconv.Unquote(prefix)
	return title, strings.TrimSpace(quoted[len(prefix):]), err
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

// importID is the id that imports a key, or only its binding with a title.
func (k key) importID(title string) string {
	id := k.resource + " " + k.role
	if title != "" {
		id += " " + titlePrefix + strconv.Quote(title)
	}
	return strings.TrimSpace(id + " " + k.condition)
}

// importIDs are the ids that import each binding of the key. They have a title where the key does
// not tell the bindings apart.
func (k key) importIDs(p *policy.Policy) map[wording]string {
	ids := map[wording]string{}
	for _, s := range k.elsewhere(p, k.everybody(p)) {
		ids[s.wording] = k.importID(s.wording.title)
	}
	if len(ids) == 1 {
		for t := range ids {
			ids[t] = k.importID("")
		}
	}
	return ids
}

// importCommand is the command that imports by an id, quoted for a POSIX shell.
func (b *binding) importCommand(id string) string {
	quoted := "'" + strings.ReplaceAll(id, "'", `'\''`) + "'"
	return fmt.Sprintf("terraform import %s_%s.NAME %s", client.TypeName, b.name, quoted)
}

// importCommands are those for the bindings in which members stand, a line for each.
func (b *binding) importCommands(ids map[wording]string, members []standing) string {
	var commands []string
	for _, s := range members {
		if line := "  " + b.importCommand(ids[s.wording]); !slices.Contains(commands, line) {
			commands = append(commands, line)
		}
	}
	return strings.Join(commands, "\n")
}

// ImportState sets the key, from an id or an identity, and the title, if the id has one. Read,
// which follows, takes in every user and group.
func (b *binding) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := requestedID(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(id.attribute), id.value)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(roleAttribute), id.role)...)
	if id.title != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(titleAttribute), id.title)...)
	}
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

// takeIn puts everybody in one binding of the key into the state. An import that could mean several
// bindings is refused: a resource owns the members of one.
func (b *binding) takeIn(ctx context.Context, k key, p *policy.Policy, state *model, diags *diag.Diagnostics) bool {
	ids := k.importIDs(p)
	var wordings []wording
	for _, t := range slices.SortedFunc(maps.Keys(ids), wording.compare) {
		if state.Title.IsNull() || t.title == state.Title.ValueString() {
			wordings = append(wordings, t)
		}
	}
	if len(wordings) != 1 {
		diags.Append(notOneToImport(k, p, state.Title.ValueString(), wordings, ids))
		return false
	}
	b.client.Imported.Add(k.place(wordings[0], eligibility.Principal{}))
	members := k.under(p, wordings[0])
	warnings := append(findingWarnings(p, k, members), unconditionalWarnings(k.resource, p, k.role, members)...)
	diags.Append(diagnostics.Once(b.client, warnings)...)
	diags.Append(state.showMembers(ctx, members)...)
	state.show(k, wordings[0])
	return true
}

// notOneToImport says what could be imported instead.
func notOneToImport(k key, p *policy.Policy, title string, several []wording, ids map[wording]string) diag.Diagnostic {
	if len(several) > 0 {
		return severalTitles(several, ids)
	}
	detail := fmt.Sprintf("The policy of %s has no eligible binding with a user or group for %s that needs %s", k.resource, k.role, k.constraint)
	if title != "" {
		detail += fmt.Sprintf(" and has the title %q", title)
	}
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
		e, ok := eligibleBy(b)
		if b.Role != k.role || !ok || e.Constraint != k.constraint {
			continue
		}
		other, err := newKey(k.resource, k.role, k.constraint, e.ResourceCondition)
		if err != nil {
			continue
		}
		for _, id := range other.importIDs(p) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// severalTitles refuses an import that could mean several bindings, and says how to choose one.
func severalTitles(several []wording, ids map[wording]string) diag.Diagnostic {
	const summary = "Members under several titles"
	detail := "A resource owns the members that stand under one title and description, and these stand in several bindings:\n"
	unique := map[string]int{}
	for _, t := range several {
		detail += "  " + t.String() + "\n"
		unique[ids[t]]++
	}
	if len(unique) > 1 {
		detail += "\nImport one of them:\n  " + strings.Join(slices.Sorted(maps.Keys(unique)), "\n  ") + "\n"
	}
	detail += "\nOr write a resource with the title and description of one of them, and import nothing: its create takes over the members that it names."
	return diag.NewErrorDiagnostic(summary, detail)
}
