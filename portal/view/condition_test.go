package view_test

import (
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/view"
)

func TestReview_DescribesAResourceConditionFullyOrNotAtAll(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"": "None: the whole project",
		`resource.name.startsWith("projects/p/secrets/psp-")`: "Only resources whose name begins with projects/p/secrets/psp- ",
		`resource.name.endsWith("/primary") && resource.type == "sqladmin.googleapis.com/Instance"`: "Only resources whose name ends with /primary " +
			"and whose type is sqladmin.googleapis.com/Instance ",
		`resource.service == "storage.googleapis.com" && resource.name == "a"`: "Only resources whose service is storage.googleapis.com and whose name is a ",
		// What is not known in full is shown as it is, and nothing else.
		`!resource.name.startsWith("a")`:                            "Only where ",
		`resource.name.startsWith("a") || resource.type == "b"`:     "Only where ",
		`resource.name == "a && b"`:                                 "Only where ",
		`resource.name == "a" && resource.name.extract("b") == "c"`: "Only where ",
		`resource.name == "\"" && resource.type == "b"`:             "Only where ",
		`(resource.name == "a")`:                                    "Only where ",
	}
	for condition, want := range tests {
		m := reviewPage()
		m.Role = limited(m.Role, condition)
		doc := render(t, view.Review(layout(), m))
		if got := text(doc.Find("dt:contains('Resource condition') + dd")); got != want+condition {
			t.Errorf("%s: the page says %q, want %q", condition, got, want+condition)
		}
	}
}
