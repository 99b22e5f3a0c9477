package testbed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// providerAddress and mirrorVersion are the address and the version by which Terraform finds the
// built provider in a mirror, instead of the registry.
const (
	providerAddress = "registry.terraform.io/jitaccess/jitaccess"
	mirrorVersion   = "0.1.0"
)

// Terraform runs Terraform or OpenTofu in a folder of its own, with the administrator's credentials
// and the built provider.
type Terraform struct {
	Command string // the program
	Folder  string // where the configuration is, and the state
	env     []string
	init    bool
}

// NewTerraform finds the program on the PATH and prepares a folder. It holds an empty folder for
// the configuration, a mirror with the provider, and credentials as "gcloud auth
// application-default login" writes them.
func (s *Testbed) NewTerraform(folder, provider string) (*Terraform, error) {
	command, err := findTerraform()
	if err != nil {
		return nil, err
	}
	t := &Terraform{Command: command, Folder: filepath.Join(folder, "terraform")}
	if err := os.MkdirAll(t.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	mirror, err := mirrorProvider(folder, provider)
	if err != nil {
		return nil, err
	}
	settings := filepath.Join(folder, "cli.tfrc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing Terraform's settings: %w", err)
	}
	file, err := s.Credentials().UserFile(Administrator)
	if err != nil {
		return nil, err
	}
	credentials := filepath.Join(folder, "credentials.json")
	if err := os.WriteFile(credentials, file, 0o600); err != nil {
		return nil, fmt.Errorf("writing credentials: %w", err)
	}
	t.env = append(withoutClientSettings(os.Environ()), "TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"GOOGLE_APPLICATION_CREDENTIALS="+credentials, "GOOGLE_API_ENDPOINT="+s.URL())
	return t, nil
}

func findTerraform() (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on the PATH; make builds OpenTofu where both are missing")
}

// withoutClientSettings removes the variables of a developer's environment that Terraform and
// Google's libraries read.
func withoutClientSettings(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "GOOGLE_") || strings.HasPrefix(variable, "GCE_METADATA")
	})
}

// mirrorProvider arranges the built provider as a mirror of its registry.
func mirrorProvider(folder, provider string) (mirror string, err error) {
	mirror = filepath.Join(folder, "mirror")
	target := filepath.Join(mirror, filepath.FromSlash(providerAddress), mirrorVersion, runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(target, 0o700); err != nil {
		return "", fmt.Errorf("making a mirror: %w", err)
	}
	if _, err := os.Stat(provider); err != nil {
		return "", fmt.Errorf("looking for the provider: %w; run make build", err)
	}
	err = os.Symlink(provider, filepath.Join(target, "terraform-provider-jitaccess_v"+mirrorVersion))
	if err != nil {
		return "", fmt.Errorf("making a mirror: %w", err)
	}
	return mirror, nil
}

// Run runs one command, after init if it is the first, and returns its exit code. Where that is
// neither 0 nor one of those that are expected, the error holds what the command printed.
func (t *Terraform) Run(ctx context.Context, expected []int, arguments ...string) (int, error) {
	if err := t.Init(ctx); err != nil {
		return 0, err
	}
	return t.run(ctx, expected, arguments...)
}

// Init runs init once.
func (t *Terraform) Init(ctx context.Context) error {
	if t.init {
		return nil
	}
	t.init = true
	_, err := t.run(ctx, nil, "init", "-input=false")
	return err
}

func (t *Terraform) run(ctx context.Context, expected []int, arguments ...string) (int, error) {
	command := exec.CommandContext(ctx, t.Command, append(arguments, "-no-color")...)
	command.Dir, command.Env = t.Folder, t.env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	err := command.Run()
	code := command.ProcessState.ExitCode()
	if slices.Contains(expected, code) {
		return code, nil
	}
	if err != nil {
		return code, fmt.Errorf("%s %s: %w\n%s", filepath.Base(t.Command), arguments[0], err, printed.String())
	}
	return code, nil
}

// Apply applies the configuration.
func (t *Terraform) Apply(ctx context.Context) error {
	_, err := t.Run(ctx, nil, "apply", "-auto-approve", "-input=false")
	return err
}

// Destroy destroys what was applied.
func (t *Terraform) Destroy(ctx context.Context) error {
	_, err := t.Run(ctx, nil, "destroy", "-auto-approve", "-input=false")
	return err
}

// Changes tells whether a plan has anything to do.
func (t *Terraform) Changes(ctx context.Context) (bool, error) {
	code, err := t.Run(ctx, []int{2}, "plan", "-detailed-exitcode", "-input=false")
	return code == 2, err
}
