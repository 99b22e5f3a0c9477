package secretmanager_test

import (
	"encoding/base64"
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/secretmanager/v1"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/emulatortest"
	"github.com/jitaccess/terraform-provider-jitaccess/internal/emulator/world"
)

// The demo's world: the secret has one version, and the portal may read it.
const (
	portal        = "portal@jit-access.iam.gserviceaccount.com"
	secret        = "projects/jit-access/secrets/smtp-password"
	versionNumber = "projects/200000000100/secrets/smtp-password"
)

func client(t *testing.T, e *emulator.Emulator, caller string) *secretmanager.ProjectsSecretsVersionsService {
	t.Helper()
	s, err := secretmanager.NewService(t.Context(), option.WithEndpoint(e.URL()+"/secretmanager.googleapis.com/"),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: e.Token(caller)})))
	if err != nil {
		t.Fatal(err)
	}
	return s.Projects.Secrets.Versions
}

func TestAccess_ReturnsVersionsByNumberAndTheLatest(t *testing.T) {
	t.Parallel()
	file := strings.Replace(string(world.Demo()), `"versions": ["example\n"]`, `"versions": ["example\n", "second"]`, 1)
	e := emulatortest.Start(t, emulator.Options{World: []byte(file)})
	versions := client(t, e, portal)
	for secretName, want := range map[string]struct{ name, data string }{
		secret + "/versions/1":             {versionNumber + "/versions/1", "example\n"},
		secret + "/versions/2":             {versionNumber + "/versions/2", "second"},
		secret + "/versions/latest":        {versionNumber + "/versions/2", "second"},
		versionNumber + "/versions/latest": {versionNumber + "/versions/2", "second"},
	} {
		got, err := versions.Access(secretName).Do()
		if err != nil {
			t.Errorf("%s: %v", secretName, err)
			continue
		}
		data, err := base64.StdEncoding.DecodeString(got.Payload.Data)
		if got.Name != want.name || string(data) != want.data || err != nil {
			t.Errorf("%s: %s %q, %v, want %s %q", secretName, got.Name, data, err, want.name, want.data)
		}
		if sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)); got.Payload.DataCrc32c != int64(sum) {
			t.Errorf("%s: checksum %d, want %d", secretName, got.Payload.DataCrc32c, sum)
		}
	}
}

func TestAccess_RefusesAsGoogleDoes(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{})
	for name, c := range map[string]struct {
		caller, asked, want string
		code                int
	}{
		"no such secret":     {portal, "projects/jit-access/secrets/other/versions/1", "Secret [projects/200000000100/secrets/other] not found.", 404},
		"no such version":    {portal, secret + "/versions/2", "Secret Version [" + versionNumber + "/versions/2] not found.", 404},
		"version zero":       {portal, secret + "/versions/0", "Secret Version [" + versionNumber + "/versions/0] not found.", 404},
		"a project's owner":  {"admin@example.com", secret + "/versions/1", "Permission 'secretmanager.versions.access' denied for resource '" + secret + "/versions/1' (or it may not exist).", 403},
		"without permission": {"alice@example.com", secret + "/versions/latest", "Permission 'secretmanager.versions.access' denied for resource '" + secret + "/versions/latest' (or it may not exist).", 403},
		"another project":    {portal, "projects/nowhere-at-all/secrets/s/versions/1", "Permission 'secretmanager.versions.access' denied for resource 'projects/nowhere-at-all/secrets/s/versions/1' (or it may not exist).", 403},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, e, c.caller).Access(c.asked).Do()
			var response *googleapi.Error
			if !errors.As(err, &response) || response.Code != c.code || response.Message != c.want {
				t.Errorf("%s by %s: %v, want %d %s", c.asked, c.caller, err, c.code, c.want)
			}
		})
	}
}

func TestAccess_ASecretWithoutVersionsHasNoLatest(t *testing.T) {
	t.Parallel()
	e := emulatortest.Start(t, emulator.Options{WorldName: "w.json", World: []byte(`{
	  "organization": {"number": "1", "customer": "C1", "domains": ["example.com"], "projects": [{
	    "id": "project-a", "number": "7", "secrets": [{"name": "empty", "versions": []}],
	    "policy": {"bindings": [{"role": "roles/secretmanager.admin", "members": ["user:alice@example.com"]}]}
	  }]},
	  "users": [{"email": "alice@example.com"}]
	}`)})
	_, err := client(t, e, "alice@example.com").Access("projects/project-a/secrets/empty/versions/latest").Do()
	var response *googleapi.Error
	if !errors.As(err, &response) || response.Code != 404 || response.Message != "Secret Version [projects/7/secrets/empty/versions/latest] not found." {
		t.Errorf("latest of no version: %v, want 404", err)
	}
}
