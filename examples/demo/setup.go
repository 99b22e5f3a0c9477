package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

// demo is a Google Cloud with the portal in it, and a folder for Terraform.
type demo struct {
	options   options
	testbed   *testbed.Testbed
	folder    string
	terraform *testbed.Terraform
	portalLog *os.File
	inbox     *inbox
	started   time.Time
}

// profiles are the emulators that the demo can run on.
var profiles = map[string]emulator.Options{
	"": {IndexLag: 2 * time.Second, MembershipLag: 2 * time.Second},
	"hostile": {
		FirstConflict: true, FirstUnavailable: true, Quotas: true, Strict: true,
		IndexLag: 20 * time.Second, MembershipLag: 20 * time.Second, Latency: 100 * time.Millisecond,
	},
}

func setUp(o options) (*demo, error) {
	profile, ok := profiles[o.profile]
	if !ok {
		return nil, fmt.Errorf("there is no profile %q; the only one is hostile", o.profile)
	}
	binaries, err := filepath.Abs(o.binaries)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "jitaccess-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	d := &demo{options: o, folder: folder, started: time.Now()}
	if err := d.prepare(profile, binaries); err != nil {
		return nil, errors.Join(err, d.tearDown())
	}
	return d, nil
}

func (d *demo) prepare(profile emulator.Options, binaries string) (err error) {
	if d.portalLog, err = os.Create(filepath.Join(d.folder, "portal.log")); err != nil {
		return fmt.Errorf("making the portal's log: %w", err)
	}
	if d.inbox, err = openInbox(d.options.profile != ""); err != nil {
		return err
	}
	d.testbed, err = testbed.New(testbed.Options{
		Emulator: profile, Portal: []string{filepath.Join(binaries, "portal")}, Log: d.portalLog, Listen: d.options.listen,
		Env: d.inbox.environment(),
	})
	if err != nil {
		return err
	}
	d.terraform, err = d.testbed.NewTerraform(d.folder, filepath.Join(binaries, "terraform-provider-jitaccess"))
	if err != nil {
		return err
	}
	return copyConfiguration(d.options.source, d.terraform.Folder)
}

// tearDown ends everything that the demo started and removes what it wrote.
func (d *demo) tearDown() error {
	var problems []error
	if d.testbed != nil {
		problems = append(problems, d.testbed.Close())
	}
	if d.inbox != nil {
		problems = append(problems, d.inbox.Close())
	}
	if d.portalLog != nil {
		problems = append(problems, d.portalLog.Close())
	}
	return errors.Join(append(problems, os.RemoveAll(d.folder))...)
}
