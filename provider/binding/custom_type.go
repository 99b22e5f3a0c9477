package binding

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// spellingType is the type of strings with several spellings that mean the same. What Google
// answers keeps the spelling that Terraform knows.
type spellingType struct {
	basetypes.StringType
	subject
}

// subject is what such a string names.
type subject string

const (
	memberSubject    subject = "member"
	conditionSubject subject = "resource condition"
)

// same tells whether two strings mean the same. One that cannot be parsed is the same as itself
// only.
func (s subject) same(a, b string) bool {
	if a == b {
		return true
	}
	if s == memberSubject {
		x, errX := eligibility.ParsePrincipal(a)
		y, errY := eligibility.ParsePrincipal(b)
		return errX == nil && errY == nil && x == y
	}
	x, errX := eligibility.Canonical(a)
	y, errY := eligibility.Canonical(b)
	return errX == nil && errY == nil && x == y
}

// spellingValue is a value of a spellingType.
type spellingValue struct {
	basetypes.StringValue
	subject
}

var (
	_ basetypes.StringTypable                    = spellingType{}
	_ basetypes.StringValuableWithSemanticEquals = spellingValue{}
)

func (t spellingType) Equal(o attr.Type) bool {
	other, ok := o.(spellingType)
	return ok && t.subject == other.subject
}

func (t spellingType) String() string { return "provider.spelling[" + string(t.subject) + "]" }

func (t spellingType) ValueType(context.Context) attr.Value { return spellingValue{subject: t.subject} }

func (t spellingType) ValueFromString(_ context.Context, v basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return spellingValue{v, t.subject}, nil
}

func (t spellingType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	plain, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("reading a %s: got a %T", t.subject, value)
	}
	return spellingValue{plain, t.subject}, nil
}

func (v spellingValue) Type(context.Context) attr.Type { return spellingType{subject: v.subject} }

func (v spellingValue) Equal(o attr.Value) bool {
	other, ok := o.(spellingValue)
	return ok && v.subject == other.subject && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals keeps the known spelling where Google's answer means the same.
func (v spellingValue) StringSemanticEquals(ctx context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, diags := o.ToStringValue(ctx)
	return v.same(v.ValueString(), other.ValueString()), diags
}
