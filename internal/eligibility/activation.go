package eligibility

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// ActivationTitle is the title of the condition of every activation.
const ActivationTitle = "JIT access activation"

// Activation is one temporary binding of one user.
type Activation struct {
	Key
	// User is the e-mail of the beneficiary, lower-case.
	User   string
	Window Window
	// ID is from the description's trailing " [id]", "" for activations of JIT Access 1.8.1.
	ID string
	// Description is what stands there, without the trailing " [id]".
	Description string
}

var windowPattern = regexp.MustCompile(`^\(+request.time >= timestamp\("([^"]*)"\) && request.time < timestamp\("([^"]*)"\)\)+(?: && \((.*)\))?$`)

// ReadActivation reads an activation of a project's own binding; the bool says whether it is one.
func ReadActivation(project string, b Binding) (Activation, bool, []Finding) {
	if b.Condition == nil || b.Condition.Title != ActivationTitle || len(b.Members) != 1 {
		return Activation{}, false, nil
	}
	who, err := ParsePrincipal(b.Members[0])
	m := windowPattern.FindStringSubmatch(b.Condition.Expression)
	if err != nil || who.Kind != User || m == nil {
		return Activation{}, false, nil
	}
	start, err1 := time.Parse(time.RFC3339, m[1])
	end, err2 := time.Parse(time.RFC3339, m[2])
	if err1 != nil || err2 != nil {
		return Activation{}, false, nil
	}
	a := Activation{Key: Key{project, b.Role, m[3]}, User: who.Email, Window: Window{start, end}.whole()}
	a.Description, a.ID = cutID(b.Condition.Description)
	return a, true, nil
}

// WriteActivation is the binding of an activation.
func WriteActivation(a Activation) (Binding, error) {
	w := a.Window.whole()
	expression := fmt.Sprintf(`(request.time >= timestamp("%s") && request.time < timestamp("%s"))`,
		w.Start.Format(time.RFC3339), w.End.Format(time.RFC3339))
	if a.ResourceCondition != "" {
		expression = "(" + expression + ") && (" + a.ResourceCondition + ")"
	}
	return Binding{
		Role:    a.Role,
		Members: []string{"user:" + strings.ToLower(a.User)},
		Condition: &Condition{
			Title:       ActivationTitle,
			Description: withID(a.Description, a.ID),
			Expression:  expression,
		},
	}, nil
}

// SelfApprovedDescription is the description of an activation that its beneficiary approved.
func SelfApprovedDescription(justification string) string {
	return "Self-approved, justification: " + justification
}

// ApprovedDescription is the description of an activation that a peer approved.
func ApprovedDescription(approver, justification string) string {
	return "Approved by " + approver + ", justification: " + justification
}

func cutID(description string) (string, string) {
	i := strings.LastIndex(description, " [")
	if i < 0 || !strings.HasSuffix(description, "]") {
		return description, ""
	}
	if id := description[i+2 : len(description)-1]; ValidID(id) {
		return description[:i], id
	}
	return description, ""
}

func withID(description, id string) string {
	if id == "" {
		return description
	}
	return description + " [" + id + "]"
}
