package eligibility

import (
	"strings"
	"time"
	_ "time/tzdata" // conditions may name time zones, and the portal's image has no zone files

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// maxCost bounds the evaluation of one resource condition, in cel-go's units: an honest one needs a
// few dozen.
const maxCost = 10_000

// openAt is false only if the resource condition is certainly false at the time, whatever the
// request is like. When in doubt it is true: IAM has the last word on every request.
func openAt(resourceCondition string, now time.Time) bool {
	if !strings.Contains(resourceCondition, timeAttribute) {
		return true
	}
	checked, err := check(resourceCondition)
	if err != nil {
		return true
	}
	env, err := environment()
	if err != nil {
		return true
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(maxCost))
	if err != nil {
		return true
	}
	known, err := cel.PartialVars(map[string]any{timeAttribute: now}, requestAttributes()...)
	if err != nil {
		return true
	}
	result, _, err := program.Eval(known)
	return err != nil || result != types.False
}

// requestAttributes are all attributes that only a request can tell.
func requestAttributes() []*cel.AttributePatternType {
	var patterns []*cel.AttributePatternType
	for _, a := range attributes {
		if a.name != timeAttribute {
			patterns = append(patterns, cel.AttributePattern(a.name))
		}
	}
	return patterns
}
