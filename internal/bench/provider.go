package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// bindingsConfiguration has many bindings of one person each, for one role on one project.
const bindingsConfiguration = `
terraform {
  required_providers {
    jitaccess = { source = "registry.terraform.io/jitaccess/jitaccess" }
  }
}

resource "jitaccess_self_approval_binding" "each" {
  count   = %d
  project = %q
  role    = "roles/compute.admin"
  members = [format("user:person-%%03d@example.com", count.index)]
}
`

// emptyConfiguration has as many resources that need no provider process: it measures Terraform's
// own time.
const emptyConfiguration = `
resource "terraform_data" "each" {
  count = %d
  input = format("user:person-%%03d@example.com", count.index)
}
`

// providers measures the provider, and prints a table.
func (b *bench) providers(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "jitaccess-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ours, err := b.terraform(filepath.Join(folder, "bound"), fmt.Sprintf(bindingsConfiguration, bindings, boundProject))
	if err != nil {
		return err
	}
	floor, err := b.terraform(filepath.Join(folder, "nothing"), fmt.Sprintf(emptyConfiguration, bindings))
	if err != nil {
		return err
	}
	var least, took verbs
	for _, name := range []string{"apply", "plan afterwards", "destroy"} {
		least = append(least, &figure{name: name + ", Terraform's own", unit: "s"})
		took = append(took, &figure{name: name, unit: "s", goal: goals[name]})
	}
	for range b.runs {
		if err := b.round(ctx, floor, least); err != nil {
			return err
		}
		if err := b.round(ctx, ours, took); err != nil {
			return err
		}
	}
	for i, f := range took {
		f.floor, least[i].counts = least[i].median(), ""
	}
	return b.table(fmt.Sprintf("The provider: %d bindings on one project, %v for every upstream call, %s, default settings",
		bindings, b.latency, filepath.Base(ours.Command)), append(least, took...))
}

// goals in seconds.
var goals = map[string]float64{"apply": 5, "plan afterwards": 1.5, "destroy": 5}

// verbs are the figures of apply, plan and destroy.
type verbs []*figure

func (b *bench) terraform(folder, configuration string) (*testbed.Terraform, error) {
	t, err := b.testbed.NewTerraform(folder, b.binary("terraform-provider-jitaccess"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(t.Folder, "main.tf"), []byte(configuration), 0o600); err != nil {
		return nil, fmt.Errorf("writing a configuration: %w", err)
	}
	return t, nil
}

// round applies, plans and destroys once.
func (b *bench) round(ctx context.Context, t *testbed.Terraform, figures verbs) error {
	if err := t.Init(ctx); err != nil {
		return err
	}
	for i, run := range []func(context.Context) error{t.Apply, expectNoChanges(t), t.Destroy} {
		b.testbed.Journal().Reset()
		began := time.Now()
		if err := run(ctx); err != nil {
			return err
		}
		figures[i].add(time.Since(began).Seconds())
		w := b.policyCalls()
		figures[i].counts = fmt.Sprintf("%d reads, %d writes", w.reads, w.written+w.conflicted)
	}
	return nil
}

func expectNoChanges(t *testbed.Terraform) func(context.Context) error {
	return func(ctx context.Context) error {
		changes, err := t.Changes(ctx)
		if err == nil && changes {
			err = fmt.Errorf("the plan after the apply is not empty")
		}
		return err
	}
}

// policyCalls is what the journal counted of policies.
type policyCalls struct{ reads, written, conflicted int }

func (b *bench) policyCalls() policyCalls {
	return b.policyCallsWhere(func(string) bool { return true })
}

// policyCallsBy is what one caller did.
func (b *bench) policyCallsBy(email string) policyCalls {
	return b.policyCallsWhere(func(caller string) bool { return caller == email })
}

func (b *bench) policyCallsWhere(counts func(caller string) bool) (a policyCalls) {
	for _, c := range b.testbed.Journal().Calls() {
		switch {
		case !counts(c.Caller):
		case c.Method == "GetIamPolicy":
			a.reads++
		case c.Method == "SetIamPolicy" && c.HTTP == http.StatusOK:
			a.written++
		case c.Method == "SetIamPolicy":
			a.conflicted++
		}
	}
	return a
}
