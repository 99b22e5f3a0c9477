package resourcemanager

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
)

// withoutConditions turns a policy into what a reader gets who does not ask for version 3:
// conditions are removed, and the names of their roles get a suffix.
func withoutConditions(p *iampb.Policy) {
	if p.GetVersion() == 3 {
		p.Version = 1
	}
	for _, b := range p.GetBindings() {
		if b.GetCondition() != nil {
			sum := sha256.Sum256([]byte(conditionKey(b.GetCondition())))
			b.Role += "_withcond_" + hex.EncodeToString(sum[:10])
			b.Condition = nil
		}
	}
}

// normalize merges bindings of the same role and condition, folds and sorts members, and sorts the
// bindings.
func normalize(bindings []*iampb.Binding) []*iampb.Binding {
	merged := map[string]*iampb.Binding{}
	for _, b := range bindings {
		key := bindingKey(b)
		if merged[key] == nil {
			merged[key] = &iampb.Binding{Role: b.GetRole(), Condition: b.GetCondition()}
		}
		for _, m := range b.GetMembers() {
			merged[key].Members = append(merged[key].Members, foldMember(m))
		}
	}
	var sorted []*iampb.Binding
	for _, b := range merged {
		slices.Sort(b.Members)
		b.Members = slices.Compact(b.Members)
		sorted = append(sorted, b)
	}
	slices.SortFunc(sorted, func(a, b *iampb.Binding) int { return cmp.Compare(bindingKey(a), bindingKey(b)) })
	return sorted
}

func bindingKey(b *iampb.Binding) string {
	return b.GetRole() + "\x00" + conditionKey(b.GetCondition())
}

func conditionKey(c *expr.Expr) string {
	if c == nil {
		return ""
	}
	return strings.Join([]string{c.GetTitle(), c.GetDescription(), c.GetExpression(), c.GetLocation()}, "\x00") + "\x00"
}

// foldMember lower-cases what follows the kind of a member, except in the kinds whose case means
// something.
func foldMember(m string) string {
	kind, value, ok := strings.Cut(m, ":")
	if !ok || strings.HasPrefix(kind, "principal") {
		return m
	}
	if kind == "deleted" {
		return "deleted:" + foldMember(value)
	}
	return kind + ":" + strings.ToLower(value)
}
