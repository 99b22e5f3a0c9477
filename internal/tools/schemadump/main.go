// Command schemadump prints the provider's schema as terraform providers schema -json does, without
// a Terraform: the documentation is generated from it, the same on every machine. It knows the
// kinds of things that the provider has, and fails at the first of another kind rather than leave
// it out of the documentation.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/jitaccess/terraform-provider-jitaccess/provider"
)

// address is where tfplugindocs looks the provider up, whatever its real address is.
const address = "registry.terraform.io/hashicorp/jitaccess"

func main() {
	unset := func(string) string { return "" }
	server := providerserver.NewProtocol6(provider.New("dev", unset)())()
	if err := dump(context.Background(), server, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemadump:", err)
		os.Exit(1)
	}
}

// dump asks a provider for its schema and writes it. An error means that the provider reported one,
// that it has something that is not known here, or that out failed.
func dump(ctx context.Context, server tfprotov6.ProviderServer, out io.Writer) error {
	response, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("reading the provider's schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("reading the provider's identity schemas: %w", err)
	}
	for _, d := range append(response.Diagnostics, identities.Diagnostics...) {
		return fmt.Errorf("reading the provider's schema: %s: %s", d.Summary, d.Detail)
	}
	if n := len(response.ListResourceSchemas) + len(response.ActionSchemas) + len(response.StateStoreSchemas); n > 0 {
		return fmt.Errorf("reading the provider's schema: %d list resources, actions or state stores are not known here", n)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(documentOf(response, identities.IdentitySchemas)); err != nil {
		return fmt.Errorf("printing the provider's schema: %w", err)
	}
	return nil
}
