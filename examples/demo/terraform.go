package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/stage"
)

// providerAddress and mirrored are how Terraform finds the provider as built,
// in place of its registry.
const (
	providerAddress = "registry.terraform.io/jitaccess/jitaccess"
	mirrored        = "0.1.0"
)

// terraform is Terraform or OpenTofu in a folder of its own, as the demo's
// administrator.
type terraform struct {
	command string
	folder  string
	env     []string
	init    bool
}

// newTerraform prepares a folder with the demo's configuration, the provider in
// a mirror, and credentials as "gcloud auth application-default login" leaves
// them.
func newTerraform(d *demo, binaries string) (*terraform, error) {
	command, err := findTerraform()
	if err != nil {
		return nil, err
	}
	t := &terraform{command: command, folder: filepath.Join(d.folder, "terraform")}
	if err := copyConfiguration(d.options.source, t.folder); err != nil {
		return nil, err
	}
	mirror, err := mirrorProvider(d.folder, binaries)
	if err != nil {
		return nil, err
	}
	settings := filepath.Join(d.folder, "cli.tfrc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing Terraform's settings: %w", err)
	}
	credentials := filepath.Join(d.folder, "credentials.json")
	file, err := d.stage.Credentials().UserFile(stage.Administrator)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(credentials, file, 0o600); err != nil {
		return nil, fmt.Errorf("writing credentials: %w", err)
	}
	t.env = append(clean(os.Environ()), "TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"GOOGLE_APPLICATION_CREDENTIALS="+credentials, "GOOGLE_API_ENDPOINT="+d.stage.URL())
	return t, nil
}

func findTerraform() (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on the PATH; make demo builds OpenTofu where both are missing")
}

// clean leaves out what a developer's own environment says to Terraform and to
// Google's libraries.
func clean(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "GOOGLE_") && !strings.HasPrefix(variable, "GCE_METADATA") {
			kept = append(kept, variable)
		}
	}
	return kept
}

func copyConfiguration(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there is no Terraform configuration in %s", from)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading the configuration: %w", err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o600); err != nil {
			return fmt.Errorf("copying the configuration: %w", err)
		}
	}
	return nil
}

// mirrorProvider lays the built provider out as a mirror of its registry.
func mirrorProvider(folder, binaries string) (mirror string, err error) {
	mirror = filepath.Join(folder, "mirror")
	place := filepath.Join(mirror, filepath.FromSlash(providerAddress), mirrored, runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(place, 0o700); err != nil {
		return "", fmt.Errorf("making a mirror: %w", err)
	}
	binary := filepath.Join(binaries, "terraform-provider-jitaccess")
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("looking for the provider: %w; run make build", err)
	}
	err = os.Symlink(binary, filepath.Join(place, "terraform-provider-jitaccess_v"+mirrored))
	if err != nil {
		return "", fmt.Errorf("making a mirror: %w", err)
	}
	return mirror, nil
}

// run runs one command and returns its exit code. Where that is neither 0 nor
// one of those that are expected, the error holds what the command printed.
func (t *terraform) run(ctx context.Context, expected []int, arguments ...string) (int, error) {
	if !t.init {
		t.init = true
		if _, err := t.run(ctx, nil, "init", "-input=false"); err != nil {
			return 0, err
		}
	}
	command := exec.CommandContext(ctx, t.command, append(arguments, "-no-color")...)
	command.Dir, command.Env = t.folder, t.env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	err := command.Run()
	code := command.ProcessState.ExitCode()
	for _, fine := range expected {
		if code == fine {
			return code, nil
		}
	}
	if err != nil {
		return code, fmt.Errorf("%s %s: %w\n%s", filepath.Base(t.command), arguments[0], err, printed.String())
	}
	return code, nil
}

func (t *terraform) apply(ctx context.Context) error {
	_, err := t.run(ctx, nil, "apply", "-auto-approve", "-input=false")
	return err
}

func (t *terraform) destroy(ctx context.Context) error {
	_, err := t.run(ctx, nil, "destroy", "-auto-approve", "-input=false")
	return err
}

// changes tells whether a plan has anything to do.
func (t *terraform) changes(ctx context.Context) (bool, error) {
	code, err := t.run(ctx, []int{2}, "plan", "-detailed-exitcode", "-input=false")
	return code == 2, err
}
