package notify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// mapping finds the mail address of a person: JIT Access 1.8.1's SMTP_ADDRESS_MAPPING, a CEL
// expression over user.email. A result without characters means the person's own address. The nil
// mapping maps nothing.
type mapping struct{ program cel.Program }

// maxMappingCost bounds what one evaluation may do: far more than any rewriting of an address
// needs, and far less than a millisecond.
const maxMappingCost = 10_000

// CheckMapping returns why an expression cannot be the value of SMTP_ADDRESS_MAPPING.
func CheckMapping(expression string) error {
	_, err := newMapping(expression)
	return err
}

func newMapping(expression string) (*mapping, error) {
	if strings.TrimSpace(expression) == "" {
		return nil, nil
	}
	env, err := cel.NewEnv(
		cel.Variable("user", cel.MapType(cel.StringType, cel.StringType)),
		cel.Function("extract", cel.MemberOverload("string_extract",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.StringType, cel.BinaryBinding(extract))),
	)
	if err != nil {
		return nil, fmt.Errorf("preparing CEL: %w", err)
	}
	tree, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, fmt.Errorf("compiling the address mapping: %w", issues.Err())
	}
	if !tree.OutputType().IsExactType(cel.StringType) {
		return nil, fmt.Errorf("the address mapping is of type %s and not of type string", tree.OutputType())
	}
	program, err := env.Program(tree, cel.CostLimit(maxMappingCost), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, fmt.Errorf("planning the address mapping: %w", err)
	}
	return &mapping{program}, nil
}

// address of a person, checked: exactly one, of plain ASCII.
func (m *mapping) address(ctx context.Context, email string) (string, error) {
	if !plainAddress(email) {
		return "", errors.New("it is no e-mail address of plain ASCII")
	}
	if m == nil {
		return email, nil
	}
	value, _, err := m.program.ContextEval(ctx, map[string]any{"user": map[string]string{"email": email}})
	if err != nil {
		return "", fmt.Errorf("evaluating the address mapping: %w", err)
	}
	text, ok := value.Value().(string)
	if !ok {
		return "", errors.New("the address mapping did not result in a string")
	}
	if text = strings.TrimSpace(text); text == "" {
		return email, nil
	}
	if !plainAddress(text) {
		return "", errors.New("the address mapping did not result in one e-mail address of plain ASCII")
	}
	return text, nil
}

// extract is IAM's function: what stands for {name} in a template such as "/order_date={date}/";
// nothing if the template does not fit.
func extract(value, template ref.Val) ref.Val {
	s, ok := value.Value().(string)
	t, isText := template.Value().(string)
	if !ok || !isText {
		return types.MaybeNoSuchOverloadErr(value)
	}
	before, rest, opened := strings.Cut(t, "{")
	_, after, closed := strings.Cut(rest, "}")
	if !opened || !closed {
		return types.NewErr("the template %q of extract() has no {name}", t)
	}
	_, s, found := strings.Cut(s, before)
	if !found {
		return types.String("")
	}
	if after == "" {
		return types.String(s)
	}
	if s, _, found = strings.Cut(s, after); !found {
		return types.String("")
	}
	return types.String(s)
}

// Sizes: RFC 5321, sections 4.5.3.1.1 to 4.5.3.1.3.
const (
	maxAddress = 254
	maxLocal   = 64
)

// addressForm is compiled when the first address is checked: its counted repetitions take 150 KB.
var addressForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*` +
		`@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
})

// plainAddress says whether s is exactly one address, without quotes, comments, display name or
// anything that is not printable ASCII.
func plainAddress(s string) bool {
	return len(s) <= maxAddress && strings.Index(s, "@") <= maxLocal && addressForm().MatchString(s)
}
