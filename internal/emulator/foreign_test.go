package emulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
)

// recording is what a foreign client asks, in order, and what Google answers, as a file of testdata
// has it.
type recording struct {
	// ByHost: the client goes to Google's own hosts, which lead to the emulator. Otherwise the host
	// is the first element of the path, as in the environment that the emulator prints.
	ByHost bool
	// Zipped: bodies are compressed, but for those that say "plain".
	Zipped  bool
	Headers map[string]string // of every call to an API
	Calls   []recorded
}

// recorded is one call. {{NAME}} stands for what an earlier response held.
type recorded struct {
	Name    string
	Source  string // where the response is documented
	Host    string // "metadata" is the metadata server
	Request string // method, path and query
	Body    json.RawMessage
	Plain   bool
	Token   string            // whose: a saved name; none for ""
	Keep    map[string]string // name: member of the response
	Status  int
	Answer  json.RawMessage // compared by its paths and their types alone
	Text    string          // the response where it is no JSON, compared as it is
}

// replay is a client that plays a recording.
type replay struct {
	*recording
	emulator *emulator.Emulator
	metadata string
	saved    map[string]string
}

// Google's provider and JIT Access 1.8.1 start against the emulator alone: everything that they ask
// at first is answered in the shape in which Google answers it.
func TestForeignClientsStart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"google-provider.json", "jit-access-1.8.1.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			r := replay{recording: new(recording), emulator: emulatortest.Start(t, emulator.Options{})}
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(r.recording); err != nil {
				t.Fatal(err)
			}
			if r.metadata, err = r.emulator.Metadata(portal); err != nil {
				t.Fatal(err)
			}
			r.saved = map[string]string{"administrator": r.emulator.Token(organizer)}
			all := definitions(t, documents...)
			for _, c := range r.Calls {
				if !t.Run(c.Name, func(t *testing.T) { r.play(t, all, c) }) {
					return // the next calls need this response
				}
			}
		})
	}
}

func (r *replay) play(t *testing.T, all []*definition, c recorded) {
	request := r.request(t, c)
	response, err := new(http.Transport).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := read(t, response)
	if response.StatusCode != c.Status {
		t.Fatalf("%s: %d, want %d: %s", c.Request, response.StatusCode, c.Status, body)
	}
	if c.Answer == nil {
		if string(body) != c.Text {
			t.Errorf("%s: %q, want %q", c.Request, body, c.Text)
		}
		return
	}
	if diff := cmp.Diff(shapeOf(t, c.Answer), shapeOf(t, body)); diff != "" {
		t.Errorf("%s: the answer's shape differs from the one of %s (-want +got):\n%s\n%s", c.Request, c.Source, diff, body)
	}
	var members map[string]any
	_ = json.Unmarshal(body, &members) // its shape was just compared
	for name, member := range c.Keep {
		r.saved[name] = fmt.Sprint(members[member])
	}
	if !slices.ContainsFunc(all, func(d *definition) bool { return d.RootURL == "https://"+c.Host+"/" }) {
		return // no API
	}
	target, err := url.Parse(strings.TrimPrefix(c.Request, request.Method+" "))
	if err != nil {
		t.Fatal(err)
	}
	if id, problems := check(all, exchange{
		method: request.Method, host: c.Host, path: target.EscapedPath(), query: target.Query(),
		request: []byte(r.fill(string(c.Body))), response: body, status: c.Status,
	}); len(problems) > 0 {
		t.Errorf("%s departs from %s: %q", c.Request, id, problems)
	}
}

// read reads a response, which is compressed where the client accepts that.
func read(t *testing.T, response *http.Response) []byte {
	t.Helper()
	body := io.Reader(response.Body)
	if response.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = unzipped
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *replay) request(t *testing.T, c recorded) *http.Request {
	t.Helper()
	method, target, _ := strings.Cut(c.Request, " ")
	address := r.emulator.URL() + target
	switch {
	case c.Host == "metadata":
		address = "http://" + r.metadata + target
	case !r.ByHost:
		address = r.emulator.URL() + "/" + c.Host + target
	}
	body := []byte(r.fill(string(c.Body)))
	zipped := r.Zipped && !c.Plain && len(body) > 0
	if zipped {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		if _, err := z.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		body = out.Bytes()
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if c.Host == "metadata" {
		request.Header.Set("Metadata-Flavor", "Google")
		return request
	}
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	if r.ByHost {
		request.Host = c.Host
	}
	if zipped {
		request.Header.Set("Content-Encoding", "gzip")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.saved[c.Token])
	}
	return request
}

func (r *replay) fill(text string) string {
	for name, value := range r.saved {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

// shapeOf is the paths of a JSON text and their types; the elements of a list are one path.
func shapeOf(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	shape := map[string]string{}
	addShape(shape, "$", value)
	return shape
}

func addShape(shape map[string]string, at string, value any) {
	kind := map[bool]string{true: "null", false: fmt.Sprintf("%T", value)}[value == nil]
	switch v := value.(type) {
	case map[string]any:
		kind = "object"
		for name, inner := range v {
			addShape(shape, at+"."+name, inner)
		}
	case []any:
		kind = "array"
		for _, inner := range v {
			addShape(shape, at+"[]", inner)
		}
	}
	if before := shape[at]; before != "" && before != kind {
		kind = before + " or " + kind
	}
	shape[at] = kind
}
