// Package validators holds what the provider's resources and its own block refuse alike, and how a
// rule about a string becomes a validator of Terraform's. A rule says why a value cannot be taken
// and what to write instead; it never sees a value that is null or not known yet.
package validators

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Refusal is why a value cannot be taken, and what to write instead. The zero value refuses
// nothing.
type Refusal struct{ Summary, Detail string }

// Refuse makes a refusal.
func Refuse(summary, detail string) Refusal { return Refusal{summary, detail} }

// String refuses known strings by a rule. What the rule accepts is a sentence.
func String(accepts string, rule func(string) Refusal) validator.String {
	return stringValidator{accepts, rule}
}

type stringValidator struct {
	accepts string
	rule    func(string) Refusal
}

func (v stringValidator) Description(context.Context) string { return v.accepts }

func (v stringValidator) MarkdownDescription(context.Context) string { return v.accepts }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if r := v.rule(req.ConfigValue.ValueString()); r != (Refusal{}) {
		resp.Diagnostics.AddAttributeError(req.Path, r.Summary, r.Detail)
	}
}
