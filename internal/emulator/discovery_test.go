package emulator_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// definition is what a discovery document says of an API, as far as a message can be checked
// against it.
type definition struct {
	Name       string
	Version    string
	RootURL    string `json:"rootUrl"`
	Parameters map[string]parameter
	Schemas    map[string]*schema
	Methods    map[string]*method
	Resources  map[string]*definition
}

type method struct {
	ID         string
	HTTPMethod string `json:"httpMethod"`
	Path       string
	Parameters map[string]parameter
	Request    *schema
	Response   *schema
}

type parameter struct {
	Location, Pattern, Type string
	Required, Repeated      bool
	Enum                    []string
}

type schema struct {
	Type, Format         string
	Ref                  string `json:"$ref"`
	Enum                 []string
	Properties           map[string]*schema
	Items                *schema
	AdditionalProperties *schema
}

// definitions reads the discovery documents that ship with Google's client library.
func definitions(t *testing.T, names ...string) []*definition {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatalf("finding google.golang.org/api: %v", err)
	}
	var all []*definition
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), name))
		if err != nil {
			t.Fatal(err)
		}
		d := new(definition)
		if err := json.Unmarshal(data, d); err != nil {
			t.Fatalf("reading %s: %v", name, err)
		}
		all = append(all, d)
	}
	return all
}

// all are the methods of a definition and of everything below it.
func (d *definition) all() []*method {
	methods := slices.Collect(maps.Values(d.Methods))
	for _, r := range d.Resources {
		methods = append(methods, r.all()...)
	}
	return methods
}

// exchange is one request of a client and what it got.
type exchange struct {
	method, host, path string // path is escaped
	query              url.Values
	request, response  []byte
	status             int
}

// check finds the method that an exchange is one of and says everything in which it departs from
// the definition.
func check(all []*definition, e exchange) (id string, problems []string) {
	for _, d := range all {
		if d.RootURL != "https://"+e.host+"/" {
			continue
		}
		for _, m := range d.all() {
			if !m.matches(e) {
				continue
			}
			problems = append(d.checkQuery(m, e.query), d.checkBody("request", m.Request, e.request)...)
			if e.status == http.StatusOK {
				problems = append(problems, d.checkBody("response", m.Response, e.response)...)
			}
			return d.Version + " " + m.ID, problems
		}
	}
	return "", []string{fmt.Sprintf("%s %s%s is no method of any API", e.method, e.host, e.path)}
}

var variable = regexp.MustCompile(`\\\{(\\\+)?([A-Za-z]+)\\\}`)

func (m *method) matches(e exchange) bool {
	expression := variable.ReplaceAllStringFunc(regexp.QuoteMeta("/"+m.Path), func(v string) string {
		p := m.Parameters[variable.FindStringSubmatch(v)[2]]
		segments := cmp.Or(strings.Trim(p.Pattern, "^$"), "[^/]+")
		return "(?:" + strings.ReplaceAll(segments, "[^/]+", "[^/:]+") + ")" // a colon begins a verb
	})
	path, err := url.PathUnescape(e.path)
	return err == nil && m.HTTPMethod == e.method && regexp.MustCompile("^"+expression+"$").MatchString(path)
}

func (d *definition) checkQuery(m *method, query url.Values) (problems []string) {
	for name, values := range query {
		p, ok := m.Parameters[name]
		if name == "$alt" || d.Parameters[name].Location == "query" {
			continue // every method of every API has those
		}
		if !ok || p.Location != "query" {
			problems = append(problems, "query: no parameter "+name)
			continue
		}
		if len(values) > 1 && !p.Repeated {
			problems = append(problems, "query: "+name+" stands there twice")
		}
		for _, v := range values {
			problems = append(problems, d.checkText("query: "+name, schema{Type: p.Type, Enum: p.Enum}, v)...)
		}
	}
	for name, p := range m.Parameters {
		if p.Required && p.Location == "query" && !query.Has(name) {
			problems = append(problems, "query: "+name+" is missing")
		}
	}
	return problems
}

func (d *definition) checkText(at string, s schema, text string) []string {
	valid := map[string]*regexp.Regexp{
		"integer": regexp.MustCompile(`^-?[0-9]+$`),
		"boolean": regexp.MustCompile(`^(true|false)$`),
	}[s.Type]
	if valid != nil && !valid.MatchString(text) || len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return []string{fmt.Sprintf("%s: %q is no %s %v", at, text, s.Type, s.Enum)}
	}
	return nil
}

func (d *definition) checkBody(at string, s *schema, body []byte) []string {
	if s == nil {
		if len(body) > 0 {
			return []string{at + ": a body where there is none"}
		}
		return nil
	}
	if len(body) == 0 {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return []string{at + ": " + err.Error()}
	}
	return d.checkValue(at, s, value)
}

func (d *definition) checkValue(at string, s *schema, value any) (problems []string) {
	if s.Ref != "" {
		s = d.Schemas[s.Ref]
	}
	wrong := []string{fmt.Sprintf("%s: %T where %s is", at, value, cmp.Or(s.Type, "anything"))}
	switch v := value.(type) {
	case map[string]any:
		if s.Type != "object" {
			return wrong
		}
		for name, inner := range v {
			p := cmp.Or(s.Properties[name], s.AdditionalProperties)
			if p == nil {
				problems = append(problems, at+": no property "+name)
				continue
			}
			problems = append(problems, d.checkValue(at+"."+name, p, inner)...)
		}
	case []any:
		if s.Type != "array" {
			return wrong
		}
		for _, inner := range v {
			problems = append(problems, d.checkValue(at+"[]", s.Items, inner)...)
		}
	case string:
		if s.Type != "string" && s.Type != "any" {
			return wrong
		}
		return d.checkText(at, schema{Enum: s.Enum}, v)
	case bool:
		if s.Type != "boolean" && s.Type != "any" {
			return wrong
		}
	case float64:
		if s.Type != "integer" && s.Type != "number" && s.Type != "any" {
			return wrong
		}
	}
	return problems
}
