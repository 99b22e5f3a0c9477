package binding

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	title            string       // of the binding, "" where there is only one
	condition        string       // free text, "" for none
	description      types.String // of the binding, null where the title tells which is meant
}

const importFormat = "Write PLACE ROLE, after another blank the title where several bindings differ in it, with the description where they have the same title, and after another blank the resource condition, if there is one:\n\n" +
	"  projects/payments-prod roles/compute.admin\n" +
	"  projects/payments-prod roles/compute.admin title=\"Eligible for JIT access\"\n" +
	"  projects/payments-prod roles/compute.admin title=\"Eligible for JIT access\" description=\"CASE-1041\"\n" +
	"  folders/123456789012 roles/compute.admin resource.type == \"compute.googleapis.com/Disk\""

// What begins the title and the description in an import id. No resource condition begins so.
const (
	titlePrefix       = "title="
	descriptionPrefix = "description="
)

// parseImportID reads `RESOURCE ROLE [title="TITLE" [description="DESCRIPTION"]] [RESOURCE
// CONDITION]`. The title is quoted as in Go and in HCL. The condition is the rest of the line, so
// that nothing in it needs to be escaped.
func parseImportID(id string) (importID, error) {
	name, rest := cutBlank(id)
	role, rest := cutBlank(rest)
	title, titled, rest, err := cutQuoted(rest, titlePrefix)
	if err != nil {
		return importID{}, err
	}
	var description types.String
	if titled {
		text, described, after, err := cutQuoted(rest, descriptionPrefix)
		if err != nil {
			return importID{}, err
		}
		if rest = after; described {
			description = types.StringValue(text)
		}
	}
	collection, value, _ := strings.Cut(name, "/")
	attribute, ok := collections[collection]
	if !ok {
		return importID{}, fmt.Errorf("%q is not a place: it begins with projects/, folders/ or organizations/", name)
	}
	found := importID{attribute, value, role, title, rest, description}
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

// cutQuoted cuts off a text in quotes that a prefix begins, if there is one.
func cutQuoted(s, prefix string) (text string, found bool, rest string, err error) {
	quoted, ok := strings.CutPrefix(s, prefix)
	if !ok || !strings.HasPrefix(quoted, `"`) {
		return "", false, s, nil
	}
	first, err := strconv.QuotedPrefix(quoted)
	if err != nil {
		return "", false, "", fmt.Errorf("the text after %s has no end: write it in quotes, with a backslash before each quote in it", prefix)
	}
	text, err = strconv.Unquote(first)
	return text, true, strings.TrimSpace(quoted[len(first):]), err
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

// importID is the id that imports a key, or only its binding with a title, and with a description
// unless that is null.
func (k key) importID(title string, description types.String) string {
	id := k.resource + " " + k.role
	if title != "" {
		id += " " + titlePrefix + strconv.Quote(title)
		if !description.IsNull() {
			id += " " + descriptionPrefix + strconv.Quote(description.ValueString())
		}
	}
	return strings.TrimSpace(id + " " + k.condition)
}

// importIDs are the ids that import each binding of the key. They have a title where the key does
// not tell the bindings apart. There is none for bindings that differ in their terms alone.
func (k key) importIDs(p *policy.Policy) map[wording]string {
	ids := k.titledIDs(p)
	if all := k.wordings(p); len(all) == 1 {
		ids[all[0]] = k.importID("", types.StringNull())
	}
	return ids
}

// titledIDs are the ids with a title that import each binding of the key, with a description where
// several have the title. There is none for bindings that differ in their terms alone.
func (k key) titledIDs(p *policy.Policy) map[wording]string {
	ids := map[wording]string{}
	all := k.wordings(p)
	for _, t := range all {
		sameTitle, same := 0, 0
		for _, other := range all {
			if other.title != t.title {
				continue
			}
			sameTitle++
			if other.description == t.description {
				same++
			}
		}
		switch {
		case sameTitle == 1:
			ids[t] = k.importID(t.title, types.StringNull())
		case same == 1 && t.title != "":
			ids[t] = k.importID(t.title, types.StringValue(t.description))
		}
	}
	return ids
}

// wordings are those under which users and groups stand, in order.
func (k key) wordings(p *policy.Policy) []wording {
	var all []wording
	for _, s := range k.elsewhere(p, k.everybody(p)) {
		if !slices.Contains(all, s.wording) {
			all = append(all, s.wording)
		}
	}
	slices.SortFunc(all, wording.compare)
	return all
}

// importCommand is the command that imports by an id, quoted for a POSIX shell.
func (b *binding) importCommand(id string) string {
	quoted := "'" + strings.ReplaceAll(id, "'", `'\''`) + "'"
	return fmt.Sprintf("terraform import %s_%s.NAME %s", client.TypeName, b.name, quoted)
}

// importCommands are those for the bindings in which members stand, a line for each. Some may have
// none.
func (b *binding) importCommands(ids map[wording]string, members []standing) string {
	var commands []string
	for _, s := range members {
		id, importable := ids[s.wording]
		if line := "  " + b.importCommand(id); importable && !slices.Contains(commands, line) {
			commands = append(commands, line)
		}
	}
	return strings.Join(commands, "\n")
}

// ImportState sets the key, from an id or an identity, and title and description, if the id has
// them. Read, which follows, takes in every user and group.
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
	if !id.description.IsNull() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(descriptionAttribute), id.description)...)
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
	wordings := slices.DeleteFunc(k.wordings(p), func(t wording) bool {
		return !state.Title.IsNull() && t.title != state.Title.ValueString() ||
			!state.Description.IsNull() && t.description != state.Description.ValueString()
	})
	if len(wordings) != 1 {
		diags.Append(notOneToImport(k, p, *state, wordings))
		return false
	}
	if wordings[0].description == "" {
		state.Description = types.StringNull()
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
func notOneToImport(k key, p *policy.Policy, asked model, several []wording) diag.Diagnostic {
	if len(several) > 0 {
		return severalTitles(several, k.importIDs(p))
	}
	detail := fmt.Sprintf("The policy of %s has no eligible binding with a user or group for %s that needs %s", k.resource, k.role, k.constraint)
	if !asked.Title.IsNull() {
		detail += fmt.Sprintf(" and has the title %q", asked.Title.ValueString())
	}
	if !asked.Description.IsNull() {
		detail += fmt.Sprintf(" and the description %q", asked.Description.ValueString())
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
	var choices string
	for _, t := range several {
		detail += "  " + t.String() + "\n"
		if id, ok := ids[t]; ok {
			choices += "  " + id + "\n"
		}
	}
	if choices != "" {
		detail += "\nImport one of them:\n" + choices
	}
	detail += "\nOr write a resource with the title and description of one of them, and import nothing: its create takes over the members that it names."
	return diag.NewErrorDiagnostic(summary, detail)
}
