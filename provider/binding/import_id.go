package binding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/policy"
	"github.com/jitaccess/terraform-provider-jitaccess/provider/client"
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
