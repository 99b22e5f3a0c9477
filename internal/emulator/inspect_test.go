package emulator_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// inspect sends a request to the emulator itself, and decodes the response into "into" if that is
// not nil.
func inspect(t *testing.T, e *emulator.Emulator, method, path string, into any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.URL()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return response.StatusCode
}

func TestInspection_ShowsAndForgetsTheJournal(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	e := emulatortest.Start(t, emulator.Options{Clock: func() time.Time { return now }})
	if _, err := manager(t, e).Projects.Get("projects/nosuch").Do(); err == nil {
		t.Fatal("there is a project nosuch")
	}
	inspect(t, e, http.MethodGet, "/run.googleapis.com/v2/projects", nil)
	type object = map[string]any
	var got object
	inspect(t, e, http.MethodGet, "/-/journal", &got)
	stamp := now.Format(time.RFC3339)
	want := object{"calls": []any{
		object{
			"number": 1.0, "host": "cloudresourcemanager.googleapis.com", "service": "google.cloud.resourcemanager.v3.Projects", "method": "GetProject",
			"protocol": "REST", "path": "GET /v3/projects/nosuch?alt=json&prettyPrint=false", "resource": "projects/nosuch", "caller": organizer,
			"start": stamp, "end": stamp, "http": 403.0, "status": "PERMISSION_DENIED",
		},
		object{
			"number": 2.0, "host": "run.googleapis.com", "service": "run.googleapis.com", "method": "GET /v2/projects",
			"protocol": "REST", "path": "GET /v2/projects", "resource": "/v2/projects",
			"start": stamp, "end": stamp, "http": 501.0, "status": "UNIMPLEMENTED",
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
	if status := inspect(t, e, http.MethodDelete, "/-/journal", nil); status != http.StatusNoContent {
		t.Errorf("DELETE: %d, want 204", status)
	}
	got = nil
	inspect(t, e, http.MethodGet, "/-/journal", &got)
	if diff := cmp.Diff(object{"calls": []any{}}, got); diff != "" {
		t.Errorf("the journal after it was emptied (-want +got):\n%s", diff)
	}
}

func TestInspection_ShowsWhatWasPublished(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	const topic = "projects/jit-access/topics/activations"
	if _, ok := e.World().Publish(topic, []world.Message{{Data: []byte("hello")}}); !ok {
		t.Fatalf("there is no topic %s", topic)
	}
	var got map[string][]struct{ Data string }
	inspect(t, e, http.MethodGet, "/-/topics", &got)
	if want := base64.StdEncoding.EncodeToString([]byte("hello")); len(got[topic]) != 1 || got[topic][0].Data != want {
		t.Errorf("published: %v, want %s once", got, want)
	}
}
