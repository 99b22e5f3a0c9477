package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// These are the objects of Terraform's JSON format for schemas, under its names; types encode
// themselves: https://developer.hashicorp.com/terraform/cli/commands/providers/schema.
type (
	document struct {
		FormatVersion string                   `json:"format_version"`
		Providers     map[string]providerParts `json:"provider_schemas"`
	}
	providerParts struct {
		Provider    schema              `json:"provider"`
		Resources   map[string]schema   `json:"resource_schemas,omitempty"`
		DataSources map[string]schema   `json:"data_source_schemas,omitempty"`
		Ephemerals  map[string]schema   `json:"ephemeral_resource_schemas,omitempty"`
		Functions   map[string]function `json:"functions,omitempty"`
		Identities  map[string]identity `json:"resource_identity_schemas,omitempty"`
	}
	identity struct {
		Version    int64                        `json:"version"`
		Attributes map[string]identityAttribute `json:"attributes,omitempty"`
	}
	identityAttribute struct {
		Type        tftypes.Type `json:"type,omitempty"`
		Description string       `json:"description,omitempty"`
		Required    bool         `json:"required_for_import,omitempty"`
		Optional    bool         `json:"optional_for_import,omitempty"`
	}
	schema struct {
		Version int64 `json:"version"`
		Block   block `json:"block"`
	}
	block struct {
		Attributes      map[string]attribute   `json:"attributes,omitempty"`
		Blocks          map[string]nestedBlock `json:"block_types,omitempty"`
		Description     string                 `json:"description,omitempty"`
		DescriptionKind string                 `json:"description_kind"`
		Deprecated      bool                   `json:"deprecated,omitempty"`
	}
	nestedBlock struct {
		Mode     string `json:"nesting_mode"`
		Block    block  `json:"block"`
		MinItems int64  `json:"min_items,omitempty"`
		MaxItems int64  `json:"max_items,omitempty"`
	}
	attribute struct {
		Type            tftypes.Type `json:"type,omitempty"`
		Nested          *nestedType  `json:"nested_type,omitempty"`
		Description     string       `json:"description,omitempty"`
		DescriptionKind string       `json:"description_kind"`
		Deprecated      bool         `json:"deprecated,omitempty"`
		Required        bool         `json:"required,omitempty"`
		Optional        bool         `json:"optional,omitempty"`
		Computed        bool         `json:"computed,omitempty"`
		Sensitive       bool         `json:"sensitive,omitempty"`
		WriteOnly       bool         `json:"write_only,omitempty"`
	}
	nestedType struct {
		Attributes map[string]attribute `json:"attributes"`
		Mode       string               `json:"nesting_mode"`
	}
	function struct {
		Description string       `json:"description,omitempty"`
		Summary     string       `json:"summary,omitempty"`
		Deprecation string       `json:"deprecation_message,omitempty"`
		Returns     tftypes.Type `json:"return_type"`
		Parameters  []parameter  `json:"parameters,omitempty"`
		Variadic    *parameter   `json:"variadic_parameter,omitempty"`
	}
	parameter struct {
		Name        string       `json:"name"`
		Description string       `json:"description,omitempty"`
		Nullable    bool         `json:"is_nullable,omitempty"`
		Type        tftypes.Type `json:"type"`
	}
)

func documentOf(response *tfprotov6.GetProviderSchemaResponse, identities map[string]*tfprotov6.ResourceIdentitySchema) document {
	parts := providerParts{
		Provider:    schemaOf(response.Provider),
		Resources:   each(response.ResourceSchemas, schemaOf),
		DataSources: each(response.DataSourceSchemas, schemaOf),
		Ephemerals:  each(response.EphemeralResourceSchemas, schemaOf),
		Functions:   each(response.Functions, functionOf),
		Identities:  each(identities, identityOf),
	}
	return document{FormatVersion: "1.0", Providers: map[string]providerParts{address: parts}}
}

func each[From, To any](all map[string]From, convert func(From) To) map[string]To {
	converted := make(map[string]To, len(all))
	for name, one := range all {
		converted[name] = convert(one)
	}
	return converted
}

func schemaOf(s *tfprotov6.Schema) schema {
	return schema{Version: s.Version, Block: blockOf(s.Block)}
}

func identityOf(s *tfprotov6.ResourceIdentitySchema) identity {
	attributes := make(map[string]identityAttribute, len(s.IdentityAttributes))
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = identityAttribute{a.Type, a.Description, a.RequiredForImport, a.OptionalForImport}
	}
	return identity{Version: s.Version, Attributes: attributes}
}

func blockOf(b *tfprotov6.SchemaBlock) block {
	blocks := make(map[string]nestedBlock, len(b.BlockTypes))
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = nestedBlock{
			Mode: strings.ToLower(nested.Nesting.String()), Block: blockOf(nested.Block), MinItems: nested.MinItems, MaxItems: nested.MaxItems,
		}
	}
	return block{
		Attributes:      attributesOf(b.Attributes),
		Blocks:          blocks,
		Description:     b.Description,
		DescriptionKind: kindOf(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
}

func attributesOf(attributes []*tfprotov6.SchemaAttribute) map[string]attribute {
	converted := make(map[string]attribute, len(attributes))
	for _, a := range attributes {
		converted[a.Name] = attribute{
			Type:            a.Type,
			Nested:          nestedOf(a.NestedType),
			Description:     a.Description,
			DescriptionKind: kindOf(a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
	}
	return converted
}

func nestedOf(o *tfprotov6.SchemaObject) *nestedType {
	if o == nil {
		return nil
	}
	return &nestedType{Attributes: attributesOf(o.Attributes), Mode: strings.ToLower(o.Nesting.String())}
}

func functionOf(f *tfprotov6.Function) function {
	converted := function{
		Description: f.Description, Summary: f.Summary, Deprecation: f.DeprecationMessage, Returns: f.Return.Type,
	}
	for _, p := range f.Parameters {
		converted.Parameters = append(converted.Parameters, parameterOf(p))
	}
	if f.VariadicParameter != nil {
		variadic := parameterOf(f.VariadicParameter)
		converted.Variadic = &variadic
	}
	return converted
}

func parameterOf(p *tfprotov6.FunctionParameter) parameter {
	return parameter{Name: p.Name, Description: p.Description, Nullable: p.AllowNullValue, Type: p.Type}
}

func kindOf(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
