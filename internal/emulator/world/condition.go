package world

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

const (
	maxOperators   = 12
	cachedPrograms = 4096
)

// conditions compiles and evaluates the conditions of allow policies. A condition that cannot be
// evaluated, because an attribute is missing or it fails, does not hold.
type conditions struct {
	env *cel.Env

	mu       sync.Mutex
	compiled map[string]compiled
}

type compiled struct {
	program cel.Program
	err     error
}

func newConditions() (*conditions, error) {
	env, err := cel.NewEnv(append(attributeTypes(), functions()...)...)
	if err != nil {
		return nil, err
	}
	return &conditions{env: env, compiled: map[string]compiled{}}, nil
}

func attributeTypes() []cel.EnvOption {
	var vars []cel.EnvOption
	for _, name := range []string{"resource.name", "resource.type", "resource.service", "request.path", "request.host", "destination.ip"} {
		vars = append(vars, cel.Variable(name, cel.StringType))
	}
	return append(vars,
		cel.Variable("request.time", cel.TimestampType),
		cel.Variable("request.auth.access_levels", cel.ListType(cel.StringType)),
		cel.Variable("destination.port", cel.IntType))
}

// functions are those that IAM adds to CEL. Only date and extract have a body: the others need tags
// or attributes that no resource here has.
func functions() []cel.EnvOption {
	str, boolean, strs := cel.StringType, cel.BoolType, cel.ListType(cel.StringType)
	declare := func(name string, result *cel.Type, args ...*cel.Type) cel.EnvOption {
		return cel.Function(name, cel.Overload(strings.ReplaceAll(name, ".", "_"), args, result))
	}
	return []cel.EnvOption{
		cel.Function("date", cel.Overload("date_string", []*cel.Type{str}, cel.TimestampType, cel.UnaryBinding(date))),
		cel.Function("extract", cel.MemberOverload("string_extract", []*cel.Type{str, str}, str, cel.BinaryBinding(extract))),
		cel.Function("hasOnly", cel.MemberOverload("list_hasonly", []*cel.Type{strs, strs}, boolean)),
		declare("api.getAttribute", cel.DynType, str, cel.DynType),
		declare("resource.hasTagKey", boolean, str),
		declare("resource.hasTagKeyId", boolean, str),
		declare("resource.matchTag", boolean, str, str),
		declare("resource.matchTagId", boolean, str, str),
		declare("compute.isForwardingRuleCreationOperation", boolean),
		declare("compute.matchLoadBalancingSchemes", boolean, strs),
	}
}

func (c *conditions) holds(expression string, values map[string]any) bool {
	program, err := c.compile(expression)
	if err != nil {
		return false
	}
	result, _, err := program.Eval(values)
	return err == nil && result == types.True
}

func (c *conditions) compile(expression string) (cel.Program, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.compiled[expression]
	if !ok {
		if len(c.compiled) >= cachedPrograms {
			clear(c.compiled)
		}
		known.program, known.err = c.compileNew(expression)
		c.compiled[expression] = known
	}
	return known.program, known.err
}

func (c *conditions) compileNew(expression string) (cel.Program, error) {
	checked, issues := c.env.Compile(expression)
	if issues.Err() != nil {
		return nil, fmt.Errorf("Condition expression compilation failed. %w", issues.Err())
	}
	if checked.OutputType() != cel.BoolType {
		return nil, errors.New("Condition expression compilation failed. The expression does not evaluate to a boolean.")
	}
	if logicalOperators(checked.NativeRep().Expr()) > maxOperators {
		return nil, fmt.Errorf("Logical operators count must not be more than %d", maxOperators)
	}
	return c.env.Program(checked)
}

func logicalOperators(e ast.Expr) int {
	count := 0
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		switch e.AsCall().FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
			count++
		}
	}))
	return count
}

// attributes are what a condition can refer to for a resource. Resource Manager's resources have no
// resource.name.
func attributes(name string, now time.Time) map[string]any {
	service, _, _ := strings.Cut(Type(name), "/")
	values := map[string]any{"request.time": now, "resource.service": service, "resource.type": Type(name)}
	if service == "iam.googleapis.com" {
		values["resource.name"] = name
	}
	return values
}

func date(value ref.Val) ref.Val {
	t, err := time.Parse(time.DateOnly, string(value.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Timestamp{Time: t}
}

// extract returns the part of the text in place of the {name} of the template; nothing where the
// template does not fit.
func extract(value, template ref.Val) ref.Val {
	text, form := string(value.(types.String)), string(template.(types.String))
	prefix, rest, opened := strings.Cut(form, "{")
	_, suffix, closed := strings.Cut(rest, "}")
	_, text, found := strings.Cut(text, prefix)
	if suffix != "" && found {
		text, _, found = strings.Cut(text, suffix)
	}
	if !opened || !closed || !found {
		return types.String("")
	}
	return types.String(text)
}
