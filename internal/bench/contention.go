package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	contendedBindings = 20 // bindings that are applied while somebody else writes
	// meanPause is the foreign writer's average pause after each write.
	meanPause = 40 * time.Millisecond
	// foreignWriter may set policies, and has nothing to do with the provider.
	foreignWriter = "foreign-writer@example.com"
)

// contention measures an apply while a foreign writer edits the same policy, and prints a table.
func (b *bench) contention(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "jitaccess-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	t, err := b.terraform(folder, fmt.Sprintf(bindingsConfiguration, contendedBindings, boundProject))
	if err != nil {
		return err
	}
	if err := t.Init(ctx); err != nil {
		return err
	}
	took := &figure{name: fmt.Sprintf("apply of %d bindings", contendedBindings), unit: "s"}
	var ours, theirs policyCalls
	for range b.runs {
		if err := b.contend(ctx, t, took, &ours, &theirs); err != nil {
			return err
		}
	}
	took.counts = fmt.Sprintf("none failed; in all runs %d reads, %d writes, %d conflicts; the other %d writes, %d conflicts",
		ours.reads, ours.written, ours.conflicted, theirs.written, theirs.conflicted)
	return b.table(fmt.Sprintf("The provider against a foreign writer that rests %v on average, %v for every upstream call of both", meanPause, b.latency),
		[]*figure{took})
}

// contend applies once beside the writer, which rewrites the policy as it is, and destroys without
// it.
func (b *bench) contend(ctx context.Context, t *testbed.Terraform, f *figure, ours, theirs *policyCalls) error {
	writing, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	b.testbed.Journal().Reset()
	go func() { ended <- b.writeRepeatedly(writing) }()
	began := time.Now()
	err := t.Apply(ctx)
	f.add(time.Since(began).Seconds())
	ours.add(b.policyCallsBy(testbed.Administrator))
	theirs.add(b.policyCallsBy(foreignWriter))
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		return err
	}
	if err := b.checkBindings(); err != nil {
		return err
	}
	return t.Destroy(ctx)
}

// checkBindings fails where the policy lacks a binding that was applied.
func (b *bench) checkBindings() error {
	policy, _ := b.testbed.World().Policy("projects/" + boundProject)
	held := map[string]bool{}
	for _, binding := range policy.GetBindings() {
		for _, member := range binding.GetMembers() {
			held[binding.GetRole()+" "+member] = binding.GetCondition() != nil
		}
	}
	for i := range contendedBindings {
		if !held["roles/compute.admin user:"+numbered(i)] {
			return fmt.Errorf("the policy lost the binding of %s", numbered(i))
		}
	}
	return nil
}

// writeRepeatedly reads and writes the policy again and again, with random pauses that are
// exponential, until ctx ends. It does not repeat a write that conflicted.
func (b *bench) writeRepeatedly(ctx context.Context) error {
	for ctx.Err() == nil {
		policy, err := b.callPolicyMethod(ctx, "getIamPolicy", map[string]any{"options": map[string]int{"requestedPolicyVersion": 3}})
		if err == nil && policy != nil {
			_, err = b.callPolicyMethod(ctx, "setIamPolicy", map[string]any{"policy": policy})
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("writing beside the provider: %w", err)
		}
		select {
		case <-time.After(time.Duration(rand.ExpFloat64() * float64(meanPause))):
		case <-ctx.Done():
		}
	}
	return nil
}

// callPolicyMethod calls a policy method of the contended project. It returns nil if the policy had
// changed.
func (b *bench) callPolicyMethod(ctx context.Context, method string, body map[string]any) (json.RawMessage, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	address := b.testbed.URL() + "/cloudresourcemanager.googleapis.com/v3/projects/" + boundProject + ":" + method
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+b.testbed.Token(foreignWriter))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusConflict {
		return nil, nil
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", method, response.Status)
	}
	var policy json.RawMessage
	return policy, json.NewDecoder(response.Body).Decode(&policy)
}

func (a *policyCalls) add(more policyCalls) {
	a.reads, a.written, a.conflicted = a.reads+more.reads, a.written+more.written, a.conflicted+more.conflicted
}
