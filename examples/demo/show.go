package main

import (
	"context"
	"fmt"
	"time"
)

// show runs the demo for a person until it is interrupted.
func (d *demo) show(ctx context.Context) error {
	fmt.Println("An emulated Google Cloud is running at", d.testbed.URL())
	fmt.Println("Applying examples/demo with", d.terraform.Command)
	if err := d.terraform.Apply(ctx); err != nil {
		return err
	}
	portal, err := d.testbed.StartPortal()
	if err != nil {
		return err
	}
	_, address, err := d.testbed.Proxy(portal)
	if err != nil {
		return err
	}
	viewer, err := d.serveViewer()
	if err != nil {
		return err
	}
	fmt.Printf(`
Open          %s
              and choose who you are: alice is on call through nested groups, grace reviews security
Policies      %s
              the policy of each project, as it is now
Mail          %s/inbox
              what the portal has sent, and to whom
Terraform     %s
              the applied configuration and its state

Everything is on this machine and ends with Ctrl-C. Ready after %s.
`, address, viewer.address, viewer.address, d.terraform.Folder, time.Since(d.started).Round(100*time.Millisecond))
	<-ctx.Done()
	fmt.Println("\nEnding the portal and the emulated Google Cloud.")
	return viewer.Close()
}
