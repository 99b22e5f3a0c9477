package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jitaccess/terraform-provider-jitaccess/portal/audit"
)

// Two instances of one version in one project can be told apart in the log.
func TestLogStart_NamesTheInstance(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(audit.Handler(&out))
	random := strings.NewReader("\xff\xfe\xfd0123456789abcdefghij")
	if err := logStart(t.Context(), log, Options{Random: random, Version: "1.2.3"}, Settings{}, deployment{Project: "jit-access"}); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Message  string            `json:"message"`
		Labels   map[string]string `json:"logging.googleapis.com/labels"`
		Instance string            `json:"instance"`
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("reading %q: %v", out.String(), err)
	}
	if line.Instance != "__79MDEyMzQ1Njc4" || line.Labels["event"] != "runtime.startup" || !strings.HasPrefix(line.Message, "Running in project jit-access ") {
		t.Errorf("line = %+v", line)
	}

	broken := errors.New("no randomness")
	if err := logStart(t.Context(), log, Options{Random: iotest.ErrReader(broken)}, Settings{}, deployment{}); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
}
