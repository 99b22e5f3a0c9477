package provider

import (
	"os"
	"path/filepath"
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
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, resource.TestStep{Config: c.HCL(administrator, string(text)), PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	accept(t, resource.TestCase{ProtoV6ProviderFactories: c.Providers(), Steps: steps})
}
