package eligibility

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// environment is the language of IAM conditions: CEL with the attributes and functions that allow
// policies document (https://cloud.google.com/iam/docs/conditions-attribute-reference).
var environment = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserExpressionSizeLimit(maxExpression),
	}
	for _, a := range attributes {
		options = append(options, cel.Variable(a.name, a.kind))
	}
	return cel.NewEnv(append(options, functions()...)...)
})

type attribute struct {
	name string
	kind *cel.Type
}

// timeAttribute is the only attribute whose value is known before there is a request.
const timeAttribute = "request.time"

var attributes = []attribute{
	{timeAttribute, cel.TimestampType},
	{"request.auth.access_levels", cel.ListType(cel.StringType)},
	{"request.host", cel.StringType},
	{"request.path", cel.StringType},
	{"resource.name", cel.StringType},
	{"resource.service", cel.StringType},
	{"resource.type", cel.StringType},
	{"destination.ip", cel.StringType},
	{"destination.port", cel.IntType},
}

func functions() []cel.EnvOption {
	text, list := cel.StringType, cel.ListType(cel.StringType)
	return []cel.EnvOption{
		globalFunction("api.getAttribute", cel.DynType, text, cel.DynType),
		globalFunction("compute.isForwardingRuleCreationOperation", cel.BoolType),
		globalFunction("compute.matchLoadBalancingSchemes", cel.BoolType, list),
		globalFunction("resource.hasTagKey", cel.BoolType, text),
		globalFunction("resource.hasTagKeyId", cel.BoolType, text),
		globalFunction("resource.matchTag", cel.BoolType, text, text),
		globalFunction("resource.matchTagId", cel.BoolType, text, text),
		cel.Function("extract", cel.MemberOverload("string_extract", []*cel.Type{text, text}, text)),
		cel.Function("hasOnly", cel.MemberOverload("list_has_only",
			[]*cel.Type{cel.ListType(cel.DynType), cel.ListType(cel.DynType)}, cel.BoolType)),
		cel.Function("date", cel.Overload("string_to_date", []*cel.Type{text}, cel.TimestampType,
			cel.UnaryBinding(date))),
	}
}

func globalFunction(name string, result *cel.Type, args ...*cel.Type) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_overload", args, result))
}

// date is midnight UTC of a day such as "2026-03-01".
func date(day ref.Val) ref.Val {
	s, ok := day.Value().(string)
	if !ok {
		return types.MaybeNoSuchOverloadErr(day)
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return types.NewErr("not a date: %s", s)
	}
	return types.Timestamp{Time: t}
}

// compile checks a resource condition as IAM would: the reference parser makes the same tree of
// what was given and of its canonical text, and it is of type bool. Errors tell positions in what
// was given.
func compile(given, text string, tree ast.Expr) error {
	p, err := referenceParser()
	if err != nil {
		return err
	}
	for _, s := range []string{given, text} {
		again, err := parseWith(p, s)
		if err != nil {
			return err
		}
		if !ast.EquivExpr(again, tree) {
			return errors.New("two parsers disagree about what it means")
		}
	}
	checked, err := check(given)
	if err != nil {
		return err
	}
	if kind := checked.OutputType(); kind != cel.BoolType && kind != cel.DynType {
		return fmt.Errorf("it is of type %s and must be true or false", kind)
	}
	return nil
}

func check(text string) (*cel.Ast, error) {
	env, err := environment()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(text)
	if issues != nil && len(issues.Errors()) > 0 {
		return nil, parseError(issues.Errors()[0])
	}
	return checked, nil
}
