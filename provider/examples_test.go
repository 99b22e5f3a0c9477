package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

const examples = "../examples/resources"

func TestAccExamples_plan(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(examples, "*", "resource.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s: %v", examples, err)
	}
	c := newCloud(t)
	var steps []resource.TestStep
	for _, file := range files {
		steps = append(steps, resource.TestStep{Config: c.hcl(readFile(t, file)), PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	accept(t, resource.TestCase{ProtoV6ProviderFactories: c.Providers(), Steps: steps})
}

func TestExamples_ImportIDsAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{bindingType, multiPartyType} {
		importIDsAreUnderstood(t, kind)
	}
}

func importIDsAreUnderstood(t *testing.T, kind string) {
	t.Helper()
	ids := 0
	for line := range strings.Lines(readFile(t, filepath.Join(examples, kind, "import.sh"))) {
		_, quoted, command := strings.Cut(line, "terraform import "+kind+".")
		if !command {
			continue
		}
		ids++
		_, id, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(quoted), "'"), "'")
		if _, err := parseImportID(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if ids == 0 {
		t.Errorf("import.sh of %s has no command", kind)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
