package googleprovider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	crm "google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/googleapi"
)

const (
	policyVersion = 3
	// maxAttempts bounds a write. Google's provider tries five times, with 31 s of waiting between
	// them; this one does not wait.
	maxAttempts = 100
)

// policies reads and writes policies.
type policies struct {
	client *http.Client
	url    string

	mu      sync.Mutex
	batches map[string]*batch // by resource
}

// batch is the changes to one policy that wait to be written together.
type batch struct {
	writing sync.Mutex
	waiting []waitingChange
}

type waitingChange struct {
	change  func(*crm.Policy)
	written chan error
}

// modify makes a change to a policy, in one write with those that wait with it. Where that fails,
// each is written by itself.
func (p *policies) modify(ctx context.Context, resource string, change func(*crm.Policy)) error {
	mine := waitingChange{change, make(chan error, 1)}
	p.mu.Lock()
	if p.batches[resource] == nil {
		p.batches[resource] = &batch{}
	}
	b := p.batches[resource]
	b.waiting = append(b.waiting, mine)
	p.mu.Unlock()

	b.writing.Lock()
	defer b.writing.Unlock()
	p.mu.Lock()
	together := b.waiting
	b.waiting = nil
	p.mu.Unlock()
	err := p.write(ctx, resource, together)
	for _, w := range together {
		if err != nil && len(together) > 1 {
			w.written <- p.write(ctx, resource, []waitingChange{w})
			continue
		}
		w.written <- err
	}
	return <-mine.written
}

// write reads a policy, changes it and writes it back, again and again while others write it.
func (p *policies) write(ctx context.Context, resource string, changes []waitingChange) error {
	if len(changes) == 0 {
		return nil
	}
	for range maxAttempts {
		policy, err := p.get(ctx, resource)
		if err != nil {
			return err
		}
		for _, c := range changes {
			c.change(policy)
		}
		policy.Version = policyVersion
		if err = p.set(ctx, resource, policy); !isConflict(err) {
			return err
		}
	}
	return fmt.Errorf("writing the policy of %s: too many conflicts", resource)
}

func isConflict(err error) bool {
	var answer *googleapi.Error
	return errors.As(err, &answer) && (answer.Code == http.StatusConflict || answer.Code == http.StatusPreconditionFailed)
}

func (p *policies) get(ctx context.Context, resource string) (*crm.Policy, error) {
	policy := new(crm.Policy)
	return policy, p.call(ctx, resource, "getIamPolicy", &crm.GetIamPolicyRequest{Options: &crm.GetPolicyOptions{RequestedPolicyVersion: policyVersion}}, policy)
}

func (p *policies) set(ctx context.Context, resource string, policy *crm.Policy) error {
	return p.call(ctx, resource, "setIamPolicy", &crm.SetIamPolicyRequest{Policy: policy, UpdateMask: "bindings,etag,auditConfigs"}, new(crm.Policy))
}

// call calls a method of Resource Manager: of version 3 for folders, of version 1 for the others.
// The messages of both have the same fields.
func (p *policies) call(ctx context.Context, resource, method string, request, response any) error {
	version := "v1"
	if strings.HasPrefix(resource, "folders/") {
		version = "v3"
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/cloudresourcemanager.googleapis.com/"+version+"/"+resource+":"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := googleapi.CheckResponse(answer); err != nil {
		return err
	}
	return json.NewDecoder(answer.Body).Decode(response)
}
