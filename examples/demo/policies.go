package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// policy is an allow policy in Resource Manager's REST API.
type policy struct {
	Version      int               `json:"version"`
	Etag         string            `json:"etag"`
	Bindings     []binding         `json:"bindings"`
	AuditConfigs []json.RawMessage `json:"auditConfigs,omitempty"`
}

type binding struct {
	Role      string     `json:"role"`
	Members   []string   `json:"members"`
	Condition *condition `json:"condition,omitempty"`
}

type condition struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Expression  string `json:"expression"`
	Location    string `json:"location,omitempty"`
}

// activationTitle is the title of every activation's condition.
const activationTitle = "JIT access activation"

// readPolicy reads the policy of the checked project through the REST API, as the administrator.
func (d *demo) readPolicy(ctx context.Context) (policy, error) {
	address := d.testbed.URL() + "/cloudresourcemanager.googleapis.com/v3/projects/" + checkedProject + ":getIamPolicy"
	body := strings.NewReader(`{"options":{"requestedPolicyVersion":3}}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return policy{}, err
	}
	request.Header.Set("Authorization", "Bearer "+d.testbed.Token(testbed.Administrator))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return policy{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return policy{}, err
	}
	if response.StatusCode != http.StatusOK {
		return policy{}, fmt.Errorf("reading the policy of %s: %s: %s", checkedProject, response.Status, text)
	}
	var p policy
	return p, json.Unmarshal(text, &p)
}

// foreign returns what each policy holds that is neither ours nor the hostile profile's: a line for
// each binding, sorted, and the audit configuration. Members are sorted too, because their order
// means nothing.
func (d *demo) foreign() (map[string][]string, error) {
	all := map[string][]string{}
	for _, name := range d.testbed.World().Resources() {
		stored, _ := d.testbed.World().Policy(name)
		text, err := protojson.Marshal(stored)
		if err != nil {
			return nil, fmt.Errorf("reading the policy of %s: %w", name, err)
		}
		var p policy
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, fmt.Errorf("reading the policy of %s: %w", name, err)
		}
		lines, err := foreignLines(p)
		if err != nil {
			return nil, err
		}
		if len(lines) > 0 {
			all[name] = lines
		}
	}
	return all, nil
}

func foreignLines(p policy) ([]string, error) {
	var lines []string
	for _, b := range p.Bindings {
		temporary := b.Condition != nil && b.Condition.Title == activationTitle
		if temporary || b.Role == emulator.ForeignRole {
			continue
		}
		slices.Sort(b.Members)
		line, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		lines = append(lines, string(line))
	}
	for _, a := range p.AuditConfigs {
		var compact bytes.Buffer
		if err := json.Compact(&compact, a); err != nil {
			return nil, err
		}
		lines = append(lines, compact.String())
	}
	slices.Sort(lines)
	return lines, nil
}

// activations are the temporary bindings of a person.
func (p policy) activations(email string) []binding {
	var found []binding
	for _, b := range p.Bindings {
		if b.Condition != nil && b.Condition.Title == activationTitle && slices.Equal(b.Members, []string{"user:" + email}) {
			found = append(found, b)
		}
	}
	return found
}
