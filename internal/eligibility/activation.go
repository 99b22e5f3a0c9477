package eligibility

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ActivationTitle is the title of the condition of every activation, and of nothing else.
const ActivationTitle = "JIT access activation"

// maxDescription is how many characters of a condition's description are written.
const maxDescription = 256

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

// ReadActivation reads one of a resource's own bindings; the bool says whether it is an activation.
// It is if JIT Access 1.8.1 recognises its condition, the tree says the same, the title is
// ActivationTitle and the only member is a user. A binding with a marker is never one. The findings
// are about bindings that have the title and cannot be read.
func ReadActivation(resource string, b Binding) (Activation, bool, []Finding) {
	if b.Condition == nil || b.Condition.Title != ActivationTitle {
		return Activation{}, false, nil
	}
	condition, window, err := readWindow(b.Condition.Expression)
	if errors.Is(err, errMarked) {
		return Activation{}, false, nil
	}
	if err != nil {
		return Activation{}, false, []Finding{unreadableActivation(b.Condition.Expression, err)}
	}
	user, err := onlyUser(b.Members)
	if err != nil {
		return Activation{}, false, []Finding{unreadableActivation(b.Condition.Expression, err)}
	}
	if user == "" {
		return Activation{}, false, nil
	}
	a := Activation{Key: Key{Resource: resource, Role: b.Role, ResourceCondition: condition}, User: user, Window: window}
	a.Description, a.ID = cutID(b.Condition.Description)
	return a, true, nil
}

// Activations are those of one user among the resource's own bindings, the newest start first,
// expired ones included. The findings are about bindings of this user only.
func Activations(resource string, bindings []Binding, user string) ([]Activation, []Finding) {
	var all []Activation
	var findings []Finding
	for _, b := range bindings {
		if _, ok := (Person{Email: user}).matchingMember(b.Members); !ok {
			continue
		}
		a, ok, found := ReadActivation(resource, b)
		findings = append(findings, found...)
		if ok {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b Activation) int { return b.Window.Start.Compare(a.Window.Start) })
	return all, findings
}

// unreadableActivation is about a binding that has the title of an activation and is none.
func unreadableActivation(expression string, err error) Finding {
	f := Finding{
		Seen:   "The title says that this is an activation, but " + err.Error() + ".",
		Write:  "Remove the binding, or give it another title if it is not an activation.",
		Grants: true,
	}
	if root, err := parseTree(expression); err == nil {
		f.Grants = mayGrant(root)
	}
	return f
}

// onlyUser is the e-mail of the only member, which must be a user; "" for a user who was deleted.
func onlyUser(members []string) (string, error) {
	if len(members) != 1 {
		return "", fmt.Errorf("it has %d members and must have one", len(members))
	}
	if strings.HasPrefix(members[0], "deleted:") {
		return "", nil
	}
	who, err := ParsePrincipal(members[0])
	if err != nil {
		return "", err
	}
	if who.Kind != User {
		return "", fmt.Errorf("its member is a %s and must be a user", who.Kind)
	}
	return who.Email, nil
}

// WriteActivation is the binding of an activation, byte for byte as JIT Access 1.8.1 writes it,
// except that the description ends in the id. The window is cut to whole seconds; the description
// is cut to 256 characters, never the id, and has blanks for control characters. ReadActivation
// reads the same activation back; what would not come back is an error, as is a basic role or a
// resource condition that leaves no room for the window.
func WriteActivation(a Activation) (Binding, error) {
	if err := a.writable(); err != nil {
		return Binding{}, fmt.Errorf("writing an activation: %w", err)
	}
	b := Binding{
		Role:    a.Role,
		Members: []string{Principal{Kind: User, Email: strings.ToLower(a.User)}.String()},
		Condition: &Condition{
			Title:       ActivationTitle,
			Description: withID(a.Description, a.ID),
			Expression:  writeWindow(a.Window, a.ResourceCondition),
		},
	}
	back, ok, findings := ReadActivation(a.Resource, b)
	switch {
	case len(findings) > 0:
		return Binding{}, fmt.Errorf("writing an activation: %s", findings[0].Seen)
	case !ok || back.Key != a.Key || back.User != strings.ToLower(a.User) || back.Window != a.Window.wholeSeconds() || back.ID != a.ID:
		return Binding{}, errors.New("writing an activation: it would not be read back as the same")
	}
	return b, nil
}

// writable refuses what no activation can have. What it lets pass is read back before it is handed
// out.
func (a Activation) writable() error {
	switch {
	case a.Role == "":
		return errors.New("it has no role")
	case BasicRole(a.Role):
		return fmt.Errorf("%s is a basic role, which cannot carry a condition", a.Role)
	case badEmail(a.User) != "":
		return fmt.Errorf("the user: %s", badEmail(a.User))
	case a.ID != "" && !ValidID(a.ID):
		return errors.New("the id is not one of ours")
	case a.Window.Start.Year() < 1 || a.Window.End.Year() > 9999:
		return errors.New("the window is outside the years 1 to 9999")
	case a.Window.Duration() < 0:
		return errors.New("the window ends before it starts")
	}
	return a.checkOperators()
}

// checkOperators refuses a resource condition that leaves the window too few of IAM's operators.
func (a Activation) checkOperators() error {
	n, err := Operators(a.ResourceCondition)
	if err != nil {
		return err
	}
	if n+ActivationOperators > MaxOperators {
		return fmt.Errorf("its resource condition has %d logical operators, and at most %d leave room for the window",
			n, MaxOperators-ActivationOperators)
	}
	return nil
}
