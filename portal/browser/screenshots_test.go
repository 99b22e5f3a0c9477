//go:build browser

package browser

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

const (
	// screenshotsVariable names the folder for the screenshots.
	screenshotsVariable = "JITACCESS_SCREENSHOTS"
	// largest bounds a screenshot in bytes: the README is read over any line.
	largest = 150 << 10
)

// screenshotTime is when the screenshots are taken.
var screenshotTime = time.Date(2026, time.November, 19, 2, 14, 0, 0, time.UTC)

// prepareDemo lays out what examples/demo applies, and two activations.
func prepareDemo(t *testing.T, w *world.World) {
	t.Helper()
	grant(t, w, "projects/"+project,
		eligible("compute.admin", selfApproval, "group:oncall@example.com"),
		eligible("container.admin", selfApproval, "user:"+alice, "user:"+dave),
		eligible("secretmanager.secretAccessor", selfApproval+` && resource.name.startsWith("projects/200000000001/secrets/psp-")`, "group:payments@example.com"),
		activation("compute.admin", alice, "jit-Uy7bCq0ZpLw3xKd9", "CASE-1041 the disk of node-3 is full", screenshotTime.Add(-48*time.Minute), screenshotTime.Add(72*time.Minute)),
		activation("container.admin", alice, "jit-f2Rk8sVnQe5tYh1m", "CASE-1038 replace a node pool", screenshotTime.Add(-22*time.Minute), screenshotTime.Add(8*time.Minute)),
	)
	grant(t, w, "folders/100000000001", eligible("logging.privateLogViewer", selfApproval, "group:sre@example.com"))
}

// The screenshots of the README are the pages as they are, at one moment.
func TestBrowser_Screenshots(t *testing.T) {
	t.Parallel()
	folder := openScreenshotFolder(t)
	s := newScene(t, options{at: screenshotTime, prepare: prepareDemo})
	b := s.signedIn(t, alice, withClock(screenshotTime), inTimeZone("UTC"))
	folder.save(b, "home", appearances[0], appearances[1], appearances[2])
	b.setAppearance(appearances[0])
	b.visit("/projects/" + project)
	b.choose(inEntry("form[data-pick]", "roles/logging.privateLogViewer", "input"))
	b.choose(inEntry("form[data-pick]", "roles/secretmanager.secretAccessor", "input"))
	folder.save(b, "project", appearances[0], appearances[1])
	b.follow(at("form[data-pick] .act"))
	b.write("#justification", "CASE-1041 payments are refused since the key was rotated")
	folder.save(b, "activate", appearances[0], appearances[1])
	b.follow(at("form[method=post] .act"))
	b.wantPrefix("the heading", b.heading(), "Active until 03:14 UTC")
	folder.save(b, "activated", appearances[0], appearances[1])
}

// Those of a request have a world of their own, as its role has peers.
func TestBrowser_ScreenshotsOfARequest(t *testing.T) {
	t.Parallel()
	folder := openScreenshotFolder(t)
	s := newScene(t, options{at: screenshotTime, prepare: func(t *testing.T, w *world.World) {
		grant(t, w, "projects/"+project,
			eligible("cloudsql.admin", multiParty, "group:sre@example.com", "user:"+bob, "user:"+carol))
	}})
	b := s.signedIn(t, alice, withClock(screenshotTime), inTimeZone("UTC"))
	requestForm(multiPartyRole)(b, s)
	b.choose(reviewerBox(bob))
	b.choose(reviewerBox(carol))
	b.write("#justification", "CASE-1042 fail over the ledger")
	folder.save(b, "request", appearances[0], appearances[1])
	b.follow(at("form[method=post] .act"))
	review := s.signedIn(t, bob, withClock(screenshotTime), inTimeZone("UTC"))
	review.visit(evaluate[string](b, "location.pathname"))
	review.wantPrefix("the heading", review.heading(), alice+" asks for ")
	folder.save(review, "review", appearances[0], appearances[1])
}

// screenshotFolder is the folder where screenshots are saved; "" if they are only taken.
type screenshotFolder string

func openScreenshotFolder(t *testing.T) screenshotFolder {
	t.Helper()
	folder := os.Getenv(screenshotsVariable)
	if folder == "" {
		return ""
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatalf("making %s: %v", folder, err)
	}
	return screenshotFolder(folder)
}

// save saves a screenshot of the page in each appearance.
func (a screenshotFolder) save(b *tab, name string, appearances ...appearance) {
	b.t.Helper()
	for _, l := range appearances {
		b.setAppearance(l)
		file := name + "-" + l.scheme + ".png"
		if l.width == narrow {
			file = name + "-320.png"
		}
		picture := b.capture(file)
		if a != "" {
			b.savePNG(picture, filepath.Join(string(a), file))
		}
	}
}

// capture takes a screenshot of the window, with neither the focus nor the mouse on anything.
func (b *tab) capture(file string) image.Image {
	b.t.Helper()
	b.do(evaluated("scrollTo(0, 0); document.activeElement.blur()"))
	send(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved})
	shown, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatalf("taking %s: %v", file, err)
	}
	picture, err := png.Decode(bytes.NewReader(shown))
	if err != nil {
		b.t.Fatalf("reading %s: %v", file, err)
	}
	if got := picture.Bounds().Dy(); got != height {
		b.t.Errorf("%s is %d pixels high, want %d", file, got, height)
	}
	return picture
}

// savePNG saves a picture as small as possible without loss, which takes long.
func (b *tab) savePNG(picture image.Image, file string) {
	b.t.Helper()
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, picture); err != nil {
		b.t.Fatalf("writing %s: %v", file, err)
	}
	if small.Len() > largest {
		b.t.Errorf("%s has %d bytes, want at most %d", file, small.Len(), largest)
	}
	if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
		b.t.Fatalf("writing %s: %v", file, err)
	}
}
