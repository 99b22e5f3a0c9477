//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/app"
)

// The environment that the tests read.
const (
	chromiumVariable = "JITACCESS_CHROMIUM"
	axeVariable      = "JITACCESS_AXE_CORE"
	requireVariable  = "JITACCESS_REQUIRE_BROWSER"
	// portalVariable makes a portal of this binary: its value is the time at which the portal's
	// clock stands, or "now" for a clock that goes.
	portalVariable = "JITACCESS_BROWSER_TEST_PORTAL"
)

func TestMain(m *testing.M) {
	if at := os.Getenv(portalVariable); at != "" {
		os.Exit(portal(at))
	}
	code := m.Run()
	chromium.stop()
	os.Exit(code)
}

// portal runs the portal as its own main does and returns the exit code.
func portal(at string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := app.Options{Lookup: os.LookupEnv, Log: os.Stdout, Version: "0.1.0"}
	if at != "now" {
		stopped, err := time.Parse(time.RFC3339, at)
		if err != nil {
			fmt.Fprintln(os.Stderr, "portal:", err)
			return 1
		}
		o.Clock = func() time.Time { return stopped }
	}
	if err := app.Run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "portal:", err)
		return 1
	}
	return 0
}

// chromium is the one browser of all tests. Each of their tabs has a profile of its own in it, so
// they share nothing but the process.
var chromium browser

type browser struct {
	once    sync.Once
	ctx     context.Context
	cancel  func()
	profile string
	err     error
}

// start returns the context of the browser, or skips the test where there is none, or fails it
// where there must be one.
func (b *browser) start(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv(chromiumVariable)
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		skipOrFail(t, "Chromium: set "+chromiumVariable+" or install it")
	}
	b.once.Do(func() { b.err = b.launch(path) })
	if b.err != nil {
		t.Fatalf("starting %s: %v", path, b.err)
	}
	return b.ctx
}

// skipOrFail skips a test loudly, or fails it where the browser tests are required.
func skipOrFail(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(requireVariable) == "1" {
		t.Fatalf("this test is required (%s=1) and lacks %s", requireVariable, what)
	}
	t.Skipf("*** BROWSER TEST LEFT OUT. It lacks %s", what)
}

// launch starts the browser with an empty profile and nothing that reaches out by itself.
func (b *browser) launch(path string) (err error) {
	if b.profile, err = os.MkdirTemp("", "jitaccess-browser-"); err != nil {
		return fmt.Errorf("making a profile: %w", err)
	}
	if err := allowCookiesOfOthers(b.profile); err != nil {
		return fmt.Errorf("writing the profile's settings: %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(b.profile),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox what root runs
	}
	process, stopProcess := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(process)
	b.ctx, b.cancel = ctx, func() { stopBrowser(); stopProcess() }
	if err := chromedp.Do(ctx); err != nil {
		return fmt.Errorf("opening the first tab: %w", err)
	}
	return nil
}

// allowCookiesOfOthers has a profile send cookies along with what other sites ask for, as many
// browsers do. Otherwise no test could show what the portal makes of that.
func allowCookiesOfOthers(profile string) error {
	folder := filepath.Join(profile, "Default")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "Preferences"), []byte(`{"profile":{"cookie_controls_mode":0}}`), 0o600)
}

func (b *browser) stop() {
	if b.cancel != nil {
		b.cancel()
	}
	if b.profile != "" {
		_ = os.RemoveAll(b.profile) // a folder in the temporary one
	}
}
