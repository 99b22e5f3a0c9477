package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// canned answers with one schema and does nothing else.
type canned struct {
	tfprotov6.ProviderServer
	answer     *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

func (c canned) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: c.identities}, nil
}

func (c canned) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return c.answer, nil
}

func TestDump_WritesEveryKindThatItKnows(t *testing.T) {
	t.Parallel()
	response := &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"jitaccess_thing": {Version: 2, Block: &tfprotov6.SchemaBlock{
			Description: "A **thing**.", DescriptionKind: tfprotov6.StringKindMarkdown,
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "members", Type: tftypes.Set{ElementType: tftypes.String}, Required: true},
				{Name: "terms", Optional: true, Sensitive: true, NestedType: &tfprotov6.SchemaObject{
					Nesting:    tfprotov6.SchemaObjectNestingModeSingle,
					Attributes: []*tfprotov6.SchemaAttribute{{Name: "maximum", Type: tftypes.String, Computed: true, Deprecated: true}},
				}},
			},
			BlockTypes: []*tfprotov6.SchemaNestedBlock{{
				TypeName: "timeouts", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, MaxItems: 1,
				Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "create", Type: tftypes.String, Optional: true, WriteOnly: true}}},
			}},
		}}},
		Functions: map[string]*tfprotov6.Function{"id": {
			Summary:           "Make an id",
			Parameters:        []*tfprotov6.FunctionParameter{{Name: "project", Type: tftypes.String}},
			VariadicParameter: &tfprotov6.FunctionParameter{Name: "rest", Type: tftypes.Bool, AllowNullValue: true},
			Return:            &tfprotov6.FunctionReturn{Type: tftypes.List{ElementType: tftypes.String}},
		}},
	}
	identities := map[string]*tfprotov6.ResourceIdentitySchema{"jitaccess_thing": {Version: 1, IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
		{Name: "role", Type: tftypes.String, RequiredForImport: true, Description: "The role."},
		{Name: "project", Type: tftypes.String, OptionalForImport: true},
	}}}
	want := `{"format_version": "1.0", "provider_schemas": {"registry.terraform.io/hashicorp/jitaccess": {
		"provider": {"version": 0, "block": {"description_kind": "plain"}},
		"resource_schemas": {"jitaccess_thing": {"version": 2, "block": {
			"description": "A **thing**.", "description_kind": "markdown",
			"attributes": {
				"members": {"type": ["set", "string"], "description_kind": "plain", "required": true},
				"terms": {"optional": true, "sensitive": true, "description_kind": "plain", "nested_type": {
					"nesting_mode": "single",
					"attributes": {"maximum": {"type": "string", "computed": true, "deprecated": true, "description_kind": "plain"}}
				}}
			},
			"block_types": {"timeouts": {"nesting_mode": "list", "max_items": 1, "block": {
				"description_kind": "plain",
				"attributes": {"create": {"type": "string", "optional": true, "write_only": true, "description_kind": "plain"}}
			}}}
		}}},
		"functions": {"id": {
			"summary": "Make an id", "return_type": ["list", "string"],
			"parameters": [{"name": "project", "type": "string"}],
			"variadic_parameter": {"name": "rest", "type": "bool", "is_nullable": true}
		}},
		"resource_identity_schemas": {"jitaccess_thing": {"version": 1, "attributes": {
			"role": {"type": "string", "description": "The role.", "required_for_import": true},
			"project": {"type": "string", "optional_for_import": true}
		}}}
	}}}`
	var got bytes.Buffer
	if err := dump(t.Context(), canned{answer: response, identities: identities}, &got); err != nil {
		t.Fatalf("dump = %v", err)
	}
	if diff := cmp.Diff(decoded(t, want), decoded(t, got.String())); diff != "" {
		t.Errorf("dump (-want +got):\n%s", diff)
	}
}

func TestDump_RefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	empty := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}
	for name, c := range map[string]struct {
		answer *tfprotov6.GetProviderSchemaResponse
		want   string
	}{
		"a kind that it does not know": {
			answer: &tfprotov6.GetProviderSchemaResponse{Provider: empty, ListResourceSchemas: map[string]*tfprotov6.Schema{"jitaccess_thing": empty}},
			want:   "1 list resources, actions or state stores are not known here",
		},
		"what the provider reports": {
			answer: &tfprotov6.GetProviderSchemaResponse{Diagnostics: []*tfprotov6.Diagnostic{{Summary: "Two things", Detail: "Of one name."}}},
			want:   "Two things: Of one name.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := dump(t.Context(), canned{answer: c.answer}, &out)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("dump = %v, want an error with %q", err, c.want)
			}
			if out.Len() > 0 {
				t.Errorf("dump wrote %q beside its error", out.String())
			}
		})
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}
