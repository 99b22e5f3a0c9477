//go:build browser

package browser

import (
	"net/http"
	"testing"
	"time"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// longPerson is an address of 60 characters.
const longPerson = "maximiliana.featherstonehaugh.cholmondeley-smyth@example.com"

// prepareLong makes everything as long as it may be.
func prepareLong(t *testing.T, w *world.World) {
	t.Helper()
	for what, c := range map[string]struct{ got, want int }{
		"the project":            {len(longProject), 30},
		"the address":            {len(longPerson), 60},
		"the resource condition": {len(longLimit), 300},
	} {
		if c.got != c.want {
			t.Fatalf("%s has %d characters, want %d", what, c.got, c.want)
		}
	}
	w.AddUser(longPerson, "Maximiliana Featherstonehaugh Cholmondeley-Smyth")
	now := w.Now().Truncate(time.Second)
	grant(t, w, "projects/"+longProject,
		eligible("storage.objectAdmin", selfApproval+" && "+longLimit, "user:"+longPerson),
		eligible("secretmanager.secretVersionManager", selfApproval, "user:"+longPerson),
		eligible("cloudsql.admin", multiParty, "user:"+longPerson),
		activation("iam.workloadIdentityPoolAdmin", longPerson, "jit-AAAAAAAAAAAAAAAA",
			"https://tickets.example.com/browse/CASE-1041?focusedCommentId=1234567890123", now, now.Add(time.Hour)),
	)
}

func TestBrowser_LongNamesFitANarrowWindow(t *testing.T) {
	t.Parallel()
	s := newScene(t, options{world: longWorld(), prepare: prepareLong})
	b := s.signedIn(t, longPerson)
	check := func(response int64, status int64, heading string) {
		t.Helper()
		if response != status {
			t.Fatalf("%s, which says %q, has status %d, want %d", b.address(), b.text("main"), response, status)
		}
		b.wantPrefix("the heading", b.heading(), heading)
		for _, l := range []appearance{{"light", narrow}, {"light", wide}} {
			b.setAppearance(l)
			b.checkWidth(l)
		}
	}
	form := at("form[method=post] .act")
	check(b.visit("/").Status, http.StatusOK, "Your access")
	check(b.visit("/projects/"+longProject).Status, http.StatusOK, longProject)
	b.choose(inEntry("form[data-pick]", "roles/storage.objectAdmin", "input"))
	check(b.follow(at("form[data-pick] .act")).Status, http.StatusOK, "Activate Storage Object Admin on "+longProject)
	b.write("#justification", " ")
	check(b.follow(form).Status, http.StatusUnprocessableEntity, "Activate Storage Object Admin on "+longProject)
	b.write("#justification", "https://tickets.example.com/browse/CASE-1041?focusedCommentId=12345678901234567890123456789012345")
	check(b.follow(form).Status, http.StatusOK, "Active until ")
	check(b.visit("/").Status, http.StatusOK, "Your access")
	check(b.follow(inEntry("section[aria-labelledby=active]", "roles/storage.objectAdmin", `a[href*="/end"]`)).Status,
		http.StatusOK, "End Storage Object Admin on "+longProject)
	check(b.follow(form).Status, http.StatusOK, "Ended: Storage Object Admin on "+longProject)
	check(b.visit("/projects/"+project).Status, http.StatusForbidden, "You have no access here")
}
