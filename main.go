// Command terraform-provider-jitaccess is started by Terraform, never by hand.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/jitaccess/terraform-provider-jitaccess/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run for a debugger, and print how Terraform finds the provider")
	flag.Parse()
	if !*debug && !wantsLog(os.Environ()) {
		// If this fails, a log is written that nobody reads.
		_ = os.Setenv("TF_LOG_SDK", "OFF")
	}
	err := providerserver.Serve(context.Background(), provider.New(version, os.Getenv), providerserver.ServeOpts{
		Address: "registry.terraform.io/jitaccess/jitaccess",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
