package notify

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// python finds an interpreter that has aiosmtpd, Debian's python3-aiosmtpd.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), name, "-c", "import aiosmtpd.smtp").Run() == nil {
			return name
		}
	}
	if os.Getenv("JITACCESS_REQUIRE_SMTP") == "1" {
		t.Fatal("no python3 has aiosmtpd, and JITACCESS_REQUIRE_SMTP=1; apt-get install python3-aiosmtpd")
	}
	t.Skip("NOT TESTED: mail to a server that nobody here wrote; apt-get install python3-aiosmtpd, or JITACCESS_REQUIRE_SMTP=1 to fail")
	return ""
}

// pythonServer is a running aiosmtpd.
type pythonServer struct {
	lines *bufio.Scanner
}

// read takes the next line that it prints.
func (f pythonServer) read(t *testing.T, into any) {
	t.Helper()
	if t.Failed() {
		t.FailNow() // there may be nothing to wait for
	}
	if !f.lines.Scan() {
		t.Fatalf("aiosmtpd said nothing more: %v", f.lines.Err())
	}
	if err := json.Unmarshal(f.lines.Bytes(), into); err != nil {
		t.Fatalf("reading %q: %v", f.lines.Text(), err)
	}
}

func startPythonServer(t *testing.T, mechanism string) (pythonServer, SMTP) {
	t.Helper()
	interpreter := python(t)
	certificateFile, keyFile, roots := certificateFiles(t)
	command := exec.CommandContext(t.Context(), interpreter, "-u", filepath.Join("testdata", "smtpd.py"), certificateFile, keyFile, mechanism)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatalf("starting aiosmtpd: %v", err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatalf("starting aiosmtpd: %v", err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("starting aiosmtpd: %v", err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("aiosmtpd says: %s", complaints.String())
		}
	})
	f := pythonServer{bufio.NewScanner(output)}
	f.lines.Buffer(nil, 1<<20)
	var at struct{ Port int }
	f.read(t, &at)
	config := smtpAt(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(at.Port)))
	config.StartTLS, config.Roots, config.Username, config.Password = true, roots, "portal@example.com", "correct horse"
	return f, config
}

// certificateFiles writes a new certificate and its key as PEM.
func certificateFiles(t *testing.T) (certificateFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	config, roots := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatalf("writing the key: %v", err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatalf("writing %s: %v", path, err)
		}
		return path
	}
	return write("certificate.pem", "CERTIFICATE", config.Certificates[0].Certificate[0]), write("key.pem", "PRIVATE KEY", key), roots
}

func TestForeignServer_TakesOurMailAndReadsIt(t *testing.T) {
	t.Parallel()
	type mail struct {
		From, Version, User, Text, HTML string
		To, Defects                     []string
		Headers                         map[string]string
		Recipients                      [][]string
	}
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			server, config := startPythonServer(t, mechanism)
			n := newNotifier(t, Options{SMTP: config})
			r := request()
			r.Justification = "CASE-9876 Überprüfung \U0001F600 <b>now</b>"
			check(t, n.notify(t.Context(), r), nil)
			var got mail
			server.read(t, &got)
			got.Text, got.HTML = strings.ReplaceAll(got.Text, "\r\n", "\n"), strings.ReplaceAll(got.HTML, "\r\n", "\n")
			if diff := cmp.Diff(n.mustContent(t, r).text(), got.Text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			page, err := n.mustContent(t, r).html()
			if diff := cmp.Diff(page, got.HTML); err != nil || diff != "" {
				t.Errorf("HTML (-want +got), %v:\n%s", err, diff)
			}
			if !strings.HasPrefix(got.Version, "TLSv1.") {
				t.Errorf("encrypted with %q", got.Version)
			}
			kind, _, _ := strings.Cut(got.Headers["Content-Type"], ";")
			got.Text, got.HTML, got.Version, got.Headers["Content-Type"] = "", "", "", kind
			want := mail{
				From: "portal@example.com", User: "portal@example.com", Defects: []string{},
				To:         []string{"bob@example.com", "carol@example.com", "alice@example.com"},
				Recipients: [][]string{{"", "bob@example.com"}, {"", "carol@example.com"}, {"", "alice@example.com"}},
				Headers: map[string]string{
					"From": "JIT Access <portal@example.com>", "To": "bob@example.com, carol@example.com", "Cc": "alice@example.com",
					"Subject":    "alice@example.com asks for roles/cloudsql.admin on payments-prod",
					"Message-ID": "<mpa-8qvY2wAbCdEf_-09.request@example.com>", "Date": "Thu, 19 Nov 2026 02:14:00 +0000",
					"Auto-Submitted": "auto-generated", "MIME-Version": "1.0", "Content-Type": "multipart/alternative",
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the mail (-want +got):\n%s", diff)
			}

			check(t, n.notify(t.Context(), approval()), nil)
			server.read(t, &got)
			if got.Headers["In-Reply-To"] != want.Headers["Message-ID"] || got.Headers["References"] != want.Headers["Message-ID"] ||
				got.Headers["Subject"] != "Re: "+want.Headers["Subject"] || len(got.Defects) > 0 {
				t.Errorf("the answer has the headers %v and the defects %v", got.Headers, got.Defects)
			}

			config.Password = "battery staple"
			check(t, newNotifier(t, Options{SMTP: config}).notify(t.Context(), r), everyoneFor(Authentication))
		})
	}
}

func (n *Notifier) mustContent(t *testing.T, r notice) content {
	t.Helper()
	l, err := n.letter(r)
	if err != nil {
		t.Fatalf("writing the letter: %v", err)
	}
	return l.content
}
