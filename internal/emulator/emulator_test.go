package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	crm "google.golang.org/api/cloudresourcemanager/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

const organizer = "admin@example.com"

func manager(t *testing.T, e *emulator.Emulator) *crm.Service {
	t.Helper()
	service, err := crm.NewService(t.Context(), option.WithEndpoint(e.URL()+"/cloudresourcemanager.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(organizer)})))
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func code(err error) int {
	var refused *googleapi.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return 0
}

func TestFirstConflict_EveryPolicyIsEditedOnceByAForeigner(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{FirstConflict: true})
	s := manager(t, e)
	for _, project := range []string{"projects/payments-prod", "projects/data-lake"} {
		for try := range 3 {
			p, err := s.Projects.GetIamPolicy(project, &crm.GetIamPolicyRequest{Options: &crm.GetPolicyOptions{RequestedPolicyVersion: 3}}).Do()
			if err != nil {
				t.Fatal(err)
			}
			p.Version = 3
			_, err = s.Projects.SetIamPolicy(project, &crm.SetIamPolicyRequest{Policy: p}).Do()
			if want := map[int]int{0: http.StatusConflict}[try]; code(err) != want {
				t.Errorf("%s, write %d: %v, want %d", project, try, err, want)
			}
		}
		p, _ := e.World().Policy(project)
		if n := strings.Count(p.String(), emulator.ForeignRole); n != 1 {
			t.Errorf("%s has %d foreign bindings, want the one that was added", project, n)
		}
	}
}

func TestFirstUnavailable_EveryServiceFailsOnce(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{FirstUnavailable: true})
	s := manager(t, e)
	for try, want := range []int{http.StatusServiceUnavailable, 0, 0} {
		if _, err := s.Projects.Get("projects/payments-prod").Do(); code(err) != want {
			t.Errorf("call %d: %v, want %d", try, err, want)
		}
	}
	for try, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+"/www.gstatic.com/iap/verify/public_key-jwk", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := new(http.Transport).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("key set, call %d: %d, want %d", try, response.StatusCode, want)
		}
	}
}

func TestMemory_RunsInABubbleOfItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := emulator.NewMemory()
		e, err := emulator.New(emulator.Options{Listener: memory, Latency: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: memory.Transport()}
		started := time.Now()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+"/cloudresourcemanager.googleapis.com/v3/projects/payments-prod", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+e.World().TokenFor(organizer, 24*time.Hour))
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || time.Since(started) != time.Hour {
			t.Errorf("%d after %v: %s, want 200 after an hour", response.StatusCode, time.Since(started), body)
		}
		client.CloseIdleConnections()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestClose_EndsCallsThatHang(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Options{Latency: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := manager(t, e).Projects.Get("projects/payments-prod").Context(context.Background()).Do()
		ended <- err
	}()
	for len(e.Journal().Calls()) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("no call arrived")
		}
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a call was answered by an emulator that is closed")
	}
}

func TestNew_NamesWhatIsWrongWithTheWorld(t *testing.T) {
	t.Parallel()
	_, err := emulator.New(emulator.Options{World: []byte("{\n\"nosuch\": 1}"), WorldName: "ours.json"})
	if err == nil || err.Error() != `ours.json:2: unknown key "nosuch"` {
		t.Errorf("New = %v", err)
	}
}
