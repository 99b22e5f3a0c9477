//go:build browser

package browser

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	// screenshotsVariable names the folder that the screenshots are kept in.
	screenshotsVariable = "JITACCESS_SCREENSHOTS"
	// largest bounds a screenshot in bytes: the README is read over any line.
	largest = 150 << 10
)

// night is when the screenshots are taken.
var night = time.Date(2026, time.November, 19, 2, 14, 0, 0, time.UTC)

// prepareDemo lays out what examples/demo applies, and two activations.
func prepareDemo(t *testing.T, w *world.World) {
	t.Helper()
	grant(t, w, "projects/"+project,
		eligible("compute.admin", selfApproval, "group:oncall@example.com"),
		eligible("container.admin", selfApproval, "user:"+alice, "user:"+dave),
		eligible("secretmanager.secretAccessor", selfApproval+` && resource.name.startsWith("projects/200000000001/secrets/psp-")`, "group:payments@example.com"),
		activation("compute.admin", alice, "jit-Uy7bCq0ZpLw3xKd9", "CASE-1041 the disk of node-3 is full", night.Add(-48*time.Minute), night.Add(72*time.Minute)),
		activation("container.admin", alice, "jit-f2Rk8sVnQe5tYh1m", "CASE-1038 replace a node pool", night.Add(-22*time.Minute), night.Add(8*time.Minute)),
	)
	grant(t, w, "folders/100000000001", eligible("logging.privateLogViewer", selfApproval, "group:sre@example.com"))
}

// The screenshots of the README are the pages as they are, at one moment.
func TestBrowser_Screenshots(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(screenshotsVariable)
	if folder == "" {
		folder = t.TempDir()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatalf("making %s: %v", folder, err)
	}
	s := play(t, setting{at: night, prepare: prepareDemo})
	b := s.signedIn(t, alice, onAClock(night), inTimeZone("UTC"))
	shoot := func(name string, looks ...look) {
		t.Helper()
		for _, l := range looks {
			b.wear(l)
			file := name + "-" + l.scheme + ".png"
			if l.width == narrow {
				file = name + "-320.png"
			}
			b.shoot(filepath.Join(folder, file))
		}
	}
	shoot("home", looks[0], looks[1], looks[2])
	b.wear(looks[0])
	b.visit("/projects/" + project)
	b.choose(inEntry("form[data-pick]", "roles/logging.privateLogViewer", "input"))
	b.choose(inEntry("form[data-pick]", "roles/secretmanager.secretAccessor", "input"))
	shoot("project", looks[0], looks[1])
	b.follow(at("form[data-pick] .act"))
	b.write("#justification", "CASE-1041 payments are refused since the key was rotated")
	shoot("activate", looks[0], looks[1])
	b.follow(at("form[method=post] .act"))
	b.wants("the heading", b.heading(), "Active until 03:14 UTC")
	shoot("activated", looks[0], looks[1])
}

// shoot keeps what the window shows, as small as it gets without losing a pixel.
func (b *tab) shoot(file string) {
	b.t.Helper()
	b.do(evaluated("scrollTo(0, 0); document.activeElement.blur()"))
	shown, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatalf("taking %s: %v", file, err)
	}
	picture, err := png.Decode(bytes.NewReader(shown))
	if err != nil {
		b.t.Fatalf("reading %s: %v", file, err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, picture); err != nil {
		b.t.Fatalf("writing %s: %v", file, err)
	}
	if small.Len() > largest || picture.Bounds().Dy() != height {
		b.t.Errorf("%s has %d bytes and is %v, want at most %d bytes", file, small.Len(), picture.Bounds(), largest)
	}
	if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
		b.t.Fatalf("writing %s: %v", file, err)
	}
}
