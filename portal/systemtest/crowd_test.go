package systemtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/iap"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/testbed"
)

const (
	crowdPeople   = 80
	crowdProjects = 50
	crowdBindings = 300
	// crowdMemory is the most resident memory that a portal may take at any time, in MiB.
	crowdMemory = 256
)

// Once eighty people who opened their homes at once took 980 MiB, or 38 of them got an error 500
// and 25 an error 503. The portal is the released binary: the race detector takes much more memory.
func TestCrowd_EightyHomesAtOnceStayBelowTheMemoryAndAreAllShown(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is read from Linux's /proc")
	}
	s, err := testbed.New(testbed.Options{
		Emulator: emulator.Options{World: crowdWorld(t)}, Portal: []string{builtPortal(t)}, Log: new(logBuffer),
		Env: testbed.Unlimited(), // what quotas allow is tested elsewhere
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the testbed: %v", err)
		}
	})
	world := &scene{Testbed: s, t: t, signer: s.IAP(iap.Options{Audience: s.Audience()})}
	p := world.portal()
	var opening sync.WaitGroup
	for i := range crowdPeople {
		opening.Go(func() {
			page, err := world.client(p, numbered(i)).get(t.Context(), "/")
			if err != nil || page.status != http.StatusOK || page.Find("a[href^='/projects/']").Length() < crowdProjects {
				t.Errorf("the home of person %d: %v, %d, %q, with %d links", i, err, page.status, page.heading(), page.Find("a[href^='/projects/']").Length())
			}
		})
	}
	opening.Wait()
	peak := peakMemory(t, p.Pid())
	t.Logf("%.0f MiB at the peak, %d calls", peak, len(s.Journal().Calls()))
	if peak > crowdMemory {
		t.Errorf("the portal took %.0f MiB, want at most %d", peak, crowdMemory)
	}
}

// builtPortal builds the portal as it is released.
func builtPortal(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portal")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, "../../portal")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the portal: %v\n%s", err, out)
	}
	return path
}

// crowdWorld is an organization whose people are all eligible, by a group, for a role on each of
// many projects, whose policies hold many bindings of others.
func crowdWorld(t *testing.T) []byte {
	t.Helper()
	users, emails, roles := []object{}, []string{}, []object{}
	for i := range crowdPeople {
		emails = append(emails, numbered(i))
		users = append(users, object{"email": numbered(i)})
	}
	for i := range crowdBindings {
		roles = append(roles, object{"name": roleOf(i)})
	}
	var projects []object
	for i := range crowdProjects {
		bindings := []object{{"role": roleOf(0), "members": []string{"group:everyone@example.com"}, "condition": object{"title": "Eligible", "expression": marker}}}
		for k := 1; k < crowdBindings; k++ {
			bindings = append(bindings, object{"role": roleOf(k), "members": []string{"user:" + numbered(k%80), "user:" + numbered((k+1)%80), "user:" + numbered((k+2)%80)}})
		}
		projects = append(projects, object{"id": fmt.Sprintf("crowded-%03d", i), "number": fmt.Sprintf("9%08d", i), "policy": object{"bindings": bindings}})
	}
	projects = append(projects, object{"id": testbed.PortalProject, "number": "200000000100"})
	portal := "serviceAccount:" + testbed.PortalAccount
	text, err := json.Marshal(object{
		"organization": object{
			"number": organization[len("organizations/"):], "customer": "C01example", "domains": []string{"example.com"},
			"policy": object{"bindings": []object{
				{"role": "roles/resourcemanager.projectIamAdmin", "members": []string{portal}},
				{"role": "roles/cloudasset.viewer", "members": []string{portal}},
			}},
			"projects": projects,
		},
		"users": users, "groups": []object{{"email": "everyone@example.com", "members": emails}},
		"serviceAccounts":  []object{{"email": testbed.PortalAccount}},
		"predefinedRoles":  roles,
		"directoryReaders": []string{testbed.PortalAccount},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func numbered(i int) string { return fmt.Sprintf("person-%03d@example.com", i) }

// peakMemory is the most resident memory that a process had so far, in MiB. Source: proc(5),
// status.
func peakMemory(t *testing.T, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var kib float64
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if _, err := fmt.Sscanf(value, "%f kB", &kib); err != nil {
				t.Fatal(err)
			}
		}
	}
	return kib / 1024
}
