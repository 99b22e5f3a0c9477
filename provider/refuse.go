package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// refusal is why a value cannot be taken, and what to write instead. The zero
// value refuses nothing.
type refusal struct{ summary, detail string }

// check refuses known strings by a rule. It never sees a value that is null or
// not known yet.
type check struct {
	promise string // what the rule accepts, a sentence
	rule    func(string) refusal
}

var _ validator.String = check{}

func (c check) Description(context.Context) string { return c.promise }

func (c check) MarkdownDescription(context.Context) string { return c.promise }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if absent(req.ConfigValue) {
		return
	}
	if r := c.rule(req.ConfigValue.ValueString()); r != (refusal{}) {
		resp.Diagnostics.AddAttributeError(req.Path, r.summary, r.detail)
	}
}
