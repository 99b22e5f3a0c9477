package world

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/encoding/protojson"
)

//go:embed demo.json
var demoFile []byte

// Demo is the world file of the demo.
func Demo() []byte { return slices.Clone(demoFile) }

// The world file. Folders and projects stand inside what holds them; policies are allow policies in
// their JSON form.
type (
	file struct {
		Organization     fileOrganization `json:"organization"`
		Users            []fileUser       `json:"users"`
		Groups           []fileGroup      `json:"groups"`
		ServiceAccounts  []fileAccount    `json:"serviceAccounts"`
		PredefinedRoles  []Role           `json:"predefinedRoles"` // beside those of roles.json
		CustomRoles      []Role           `json:"customRoles"`
		DirectoryReaders []string         `json:"directoryReaders"`
	}
	fileOrganization struct {
		Number   string          `json:"number"`
		Customer string          `json:"customer"`
		Domains  []string        `json:"domains"`
		Sharing  []string        `json:"allowedPolicyMemberDomains"` // customers, as the constraint lists them
		Policy   json.RawMessage `json:"policy"`
		Folders  []fileFolder    `json:"folders"`
		Projects []fileProject   `json:"projects"`
	}
	fileFolder struct {
		Number   string          `json:"number"`
		Name     string          `json:"name"`
		Policy   json.RawMessage `json:"policy"`
		Folders  []fileFolder    `json:"folders"`
		Projects []fileProject   `json:"projects"`
	}
	fileProject struct {
		ID      string            `json:"id"`
		Number  string            `json:"number"`
		Name    string            `json:"name"`
		State   string            `json:"state"`
		Labels  map[string]string `json:"labels"`
		Policy  json.RawMessage   `json:"policy"`
		Secrets []fileSecret      `json:"secrets"`
		Topics  []string          `json:"topics"`
	}
	fileSecret struct {
		Name     string   `json:"name"`
		Versions []string `json:"versions"` // the oldest first
	}
	fileUser struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	fileGroup struct {
		Email    string   `json:"email"`
		Name     string   `json:"name"`
		Owners   []string `json:"owners"`
		Managers []string `json:"managers"`
		Members  []string `json:"members"`
	}
	fileAccount struct {
		Email  string          `json:"email"`
		Name   string          `json:"name"`
		Policy json.RawMessage `json:"policy"`
	}
)

var (
	digits         = regexp.MustCompile(`^[0-9]+$`)
	projectID      = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
	address        = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
	topicName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
	secretName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	predefinedRole = regexp.MustCompile(`^roles/[A-Za-z0-9_.]+$`)
	stages         = []string{"ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"}
	accountDomain  = ".iam.gserviceaccount.com"
)

// Parse builds a world from a world file, JSON; name is what errors call it. Unknown keys,
// malformed values and references to what the file does not hold are errors, the former with their
// line.
func Parse(name string, data []byte, o Options) (*World, error) {
	f, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	w, err := newWorld(o)
	if err != nil {
		return nil, err
	}
	b := builder{World: w, policies: map[string]json.RawMessage{}}
	b.addOrganization(f.Organization)
	b.addPeople(f)
	b.addRoles(f.PredefinedRoles, f.CustomRoles)
	b.addMembers(f.Groups)
	b.addPolicies()
	if err := errors.Join(b.problems...); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return w, nil
}

// builder fills a world that is not shared yet, and collects problems.
type builder struct {
	*World
	policies map[string]json.RawMessage
	problems []error
}

func (b *builder) require(ok bool, format string, args ...any) {
	if !ok {
		b.problems = append(b.problems, fmt.Errorf(format, args...))
	}
}

func (b *builder) addOrganization(o fileOrganization) {
	b.require(digits.MatchString(o.Number), "organization: number %q is not a number", o.Number)
	b.require(o.Customer != "", "organization: customer is missing")
	b.require(len(o.Domains) > 0, "organization: domains are missing")
	b.organization = Organization{Number: o.Number, Customer: o.Customer, allowedCustomers: o.Sharing}
	for _, d := range o.Domains {
		b.organization.Domains = append(b.organization.Domains, fold(d))
		b.organization.DisplayName = b.organization.Domains[0]
	}
	name := "organizations/" + o.Number
	b.addResource(&resource{name: name}, o.Policy)
	b.addChildren(name, o.Folders, o.Projects)
}

func (b *builder) addChildren(parent string, folders []fileFolder, projects []fileProject) {
	for _, f := range folders {
		b.require(digits.MatchString(f.Number), "folder %q: number %q is not a number", f.Name, f.Number)
		name := "folders/" + f.Number
		b.addResource(&resource{name: name, parent: parent, folder: &Folder{Number: f.Number, DisplayName: f.Name, Parent: parent}}, f.Policy)
		b.addChildren(name, f.Folders, f.Projects)
	}
	for _, p := range projects {
		b.addProject(parent, p)
	}
}

func (b *builder) addProject(parent string, p fileProject) {
	b.require(projectID.MatchString(p.ID), "project %q: the id is not one", p.ID)
	b.require(digits.MatchString(p.Number), "project %s: number %q is not a number", p.ID, p.Number)
	b.require(b.numbers[p.Number] == "", "project %s: number %s is taken", p.ID, p.Number)
	b.require(slices.Contains([]string{"", "ACTIVE", "DELETE_REQUESTED"}, p.State), "project %s: state %q is unknown", p.ID, p.State)
	made := Project{
		ID: p.ID, Number: p.Number, DisplayName: cmp.Or(p.Name, p.ID), Parent: parent, State: cmp.Or(p.State, "ACTIVE"), Labels: p.Labels,
	}
	b.numbers[p.Number] = p.ID
	b.addResource(&resource{name: "projects/" + p.ID, parent: parent, project: &made}, p.Policy)
	b.addSecrets(p)
	for _, topic := range p.Topics {
		b.require(topicName.MatchString(topic), "project %s: topic %q: not a name", p.ID, topic)
		b.topics["projects/"+p.ID+"/topics/"+topic] = []Message{}
	}
}

func (b *builder) addSecrets(p fileProject) {
	for _, secret := range p.Secrets {
		name := "projects/" + p.ID + "/secrets/" + secret.Name
		b.require(secretName.MatchString(secret.Name), "project %s: secret %q: not a name", p.ID, secret.Name)
		b.require(b.secrets[name] == nil, "%s: stands there twice", name)
		b.secrets[name] = [][]byte{}
		for _, version := range secret.Versions {
			b.secrets[name] = append(b.secrets[name], []byte(version))
		}
	}
}

func (b *builder) addResource(r *resource, policy json.RawMessage) {
	b.require(b.resources[r.name] == nil, "%s: stands there twice", r.name)
	b.resources[r.name] = r
	if policy != nil {
		b.policies[r.name] = policy
	}
}

func (b *builder) addPeople(f file) {
	for _, u := range f.Users {
		b.require(address.MatchString(u.Email), "user %q: not an address", u.Email)
		b.users[fold(u.Email)] = u.Name
	}
	for _, g := range f.Groups {
		b.require(address.MatchString(g.Email), "group %q: not an address", g.Email)
		b.require(b.groups[fold(g.Email)] == nil, "group %s: stands there twice", g.Email)
		b.groups[fold(g.Email)] = &group{email: fold(g.Email), name: g.Name}
	}
	for _, a := range f.ServiceAccounts {
		b.addServiceAccount(a)
	}
	for _, r := range f.DirectoryReaders {
		b.require(b.exists("user", fold(r)) || b.exists("serviceAccount", fold(r)), "directoryReaders: %s does not exist", r)
		b.directoryReaders[fold(r)] = true
	}
}

func (b *builder) addServiceAccount(a fileAccount) {
	email := fold(a.Email)
	_, domain, _ := strings.Cut(email, "@")
	home, ok := strings.CutSuffix(domain, accountDomain)
	b.require(ok && b.resources["projects/"+home] != nil, "service account %s: no project of that name", a.Email)
	b.accounts[email] = ServiceAccount{Email: email, Project: home, DisplayName: a.Name, UniqueID: ID(email)}
	b.addResource(&resource{name: "projects/" + home + "/serviceAccounts/" + email, parent: "projects/" + home}, a.Policy)
}

func (b *builder) addRoles(predefined, custom []Role) {
	for _, r := range predefined {
		b.require(predefinedRole.MatchString(r.Name), "predefined role %q: not a name", r.Name)
		r.Stage = cmp.Or(r.Stage, "GA")
		b.roles[r.Name] = r
	}
	for _, r := range custom {
		home, _, ok := strings.Cut(r.Name, "/roles/")
		b.require(ok && b.resources[home] != nil, "custom role %q: no project or organization of that name", r.Name)
		r.Stage = cmp.Or(r.Stage, "GA")
		b.require(slices.Contains(stages, r.Stage), "custom role %s: stage %q is unknown", r.Name, r.Stage)
		b.roles[r.Name] = r
	}
}

func (b *builder) addMembers(groups []fileGroup) {
	for _, g := range groups {
		var members []Member
		for _, list := range []struct {
			role   string
			emails []string
		}{{"OWNER", g.Owners}, {"MANAGER", g.Managers}, {"MEMBER", g.Members}} {
			for _, email := range list.emails {
				m, err := b.member(email, list.role)
				b.require(err == nil, "group %s: %v", g.Email, err)
				members = append(members, m)
			}
		}
		b.groups[fold(g.Email)].members.versions = []version[[]Member]{{value: members}}
	}
}

func (b *builder) addPolicies() {
	for name, text := range b.policies {
		policy := &iampb.Policy{}
		err := protojson.Unmarshal(text, policy)
		b.require(err == nil, "policy of %s: %v", name, err)
		for _, binding := range policy.GetBindings() {
			for _, m := range binding.GetMembers() {
				kind, value, _ := strings.Cut(m, ":")
				b.require(b.exists(kind, fold(value)), "policy of %s: %s does not exist", name, m)
			}
		}
		stored := b.store(name, policy)
		b.resources[name].policy.versions = []version[*iampb.Policy]{{value: stored}}
	}
}
