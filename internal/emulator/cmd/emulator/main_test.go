package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun_PrintsWhereEverythingIsAndEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-metadata", "portal@jit-access.iam.gserviceaccount.com", "-token", "admin@example.com"}, w, io.Discard)
		w.Close()
	}()
	env := map[string]string{}
	lines := bufio.NewScanner(out)
	last := ""
	for len(env) < 7 && lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			env[name] = value
		}
	}
	if lines.Scan() {
		last = lines.Text()
	}
	if last != "# Ready; Ctrl-C ends it" {
		t.Errorf("the last line is %q, want one that says that it is ready", last)
	}
	if status := get(t, env["GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"]+"projects/payments-prod", "Authorization", "Bearer "+env["GOOGLE_OAUTH_ACCESS_TOKEN"]); status != http.StatusOK {
		t.Errorf("a project with the printed token: %d, want 200", status)
	}
	if status := get(t, "http://"+env["GCE_METADATA_HOST"]+"/computeMetadata/v1/project/project-id", "Metadata-Flavor", "Google"); status != http.StatusOK {
		t.Errorf("the project of the instance: %d, want 200", status)
	}
	cancel()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if err := <-ended; err != nil {
		t.Errorf("run ended with %v", err)
	}
}

func get(t *testing.T, url, header, value string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(header, value)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestRun_RefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "w.json")
	if err := os.WriteFile(file, []byte("{\n\"organisation\": {}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-world", file}, `w.json:2: unknown key "organisation"`},
		{[]string{"-world", file + ".missing"}, "reading the world"},
		{[]string{"-listen", "127.0.0.1:0", "-metadata", "nobody@example.com"}, "no service account nobody@example.com"},
		{[]string{"-listen", "127.0.0.1:0", "-token", "nobody@example.com"}, "no user or service account nobody@example.com"},
		{[]string{"-listen", "nowhere"}, "listening"},
		{[]string{"-nosuch"}, "flag provided but not defined"},
		{[]string{"world.json"}, "no arguments are taken"},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("run(%v) = %v, want an error with %q", c.args, err, c.want)
		}
	}
}
