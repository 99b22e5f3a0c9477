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
	program := timePrograms.of(resourceCondition)
	if program == nil {
		return true
	}
	known, err := cel.PartialVars(map[string]any{timeAttribute: now}, requestAttributes()...)
	if err != nil {
		return true
	}
	result, _, err := program.Eval(known)
	return err != nil || result != types.False
}

// programBytes is about what a program takes.
const programBytes = 16 << 10

// timePrograms evaluate resource conditions; nil for those that cannot be evaluated.
var timePrograms = &remembered[cel.Program]{read: compileProgram, size: programBytes}

func compileProgram(resourceCondition string) cel.Program {
	checked, err := check(resourceCondition)
	if err != nil {
		return nil
	}
	env, err := environment()
	if err != nil {
		return nil
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(maxCost))
	if err != nil {
		return nil
	}
	return program
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
