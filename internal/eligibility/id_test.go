package eligibility

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestNewID_IsTheKindAndSixteenCharacters(t *testing.T) {
	t.Parallel()
	random := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	if got, err := NewID(SelfID, bytes.NewReader(random)); err != nil || got != "jit-AAECAwQFBgcICQoL" {
		t.Errorf("NewID = %q, %v, want jit-AAECAwQFBgcICQoL", got, err)
	}
	if got, err := NewID(MultiPartyID, bytes.NewReader(bytes.Repeat([]byte{255}, 12))); err != nil || got != "mpa-________________" {
		t.Errorf("NewID = %q, %v, want mpa- and underscores", got, err)
	}
}

func TestNewID_FailsWhenRandomRunsDry(t *testing.T) {
	t.Parallel()
	if got, err := NewID(SelfID, strings.NewReader("too short")); !errors.Is(err, io.ErrUnexpectedEOF) || got != "" {
		t.Errorf("NewID = %q, %v, want an error", got, err)
	}
	if got, err := NewID("x", strings.NewReader("long enough, this")); err == nil {
		t.Errorf("NewID of an unknown kind = %q", got)
	}
}

func TestValidID_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"jit-AAECAwQFBgcICQoL": true, "mpa-AAECAwQFBgcICQ-_": true,
		"": false, "jit-": false, "jit-AAECAwQFBgcICQo": false, "jit-AAECAwQFBgcICQoLL": false, "JIT-AAECAwQFBgcICQoL": false,
		"jit-AAECAwQFBgcICQ+/": false, "foo-AAECAwQFBgcICQoL": false, "jit-AAECAwQFBgcICQoL\n": false, " jit-AAECAwQFBgcICQoL": false,
		"jit-AAECAwQFBgcICQo]": false,
	} {
		if got := ValidID(s); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", s, got, want)
		}
	}
}

func FuzzNewID(f *testing.F) {
	f.Add("jit", []byte("twelve bytes"))
	f.Add("mpa", []byte(nil))
	f.Add("x", bytes.Repeat([]byte{255}, 40))
	f.Fuzz(func(t *testing.T, kind string, random []byte) {
		id, err := NewID(IDKind(kind), bytes.NewReader(random))
		if (err == nil) != ValidID(id) {
			t.Fatalf("NewID(%q) = %q, %v", kind, id, err)
		}
	})
}

func TestContentID_IsThatOfTheTextsAlone(t *testing.T) {
	t.Parallel()
	id := ContentID(MultiPartyID, "a", "bc")
	if !ValidID(id) || id != ContentID(MultiPartyID, "a", "bc") {
		t.Errorf("%q is no id, or not the same again", id)
	}
	for _, other := range [][]string{{"ab", "c"}, {"abc"}, {"bc", "a"}, {"a", "bc", ""}} {
		if ContentID(MultiPartyID, other...) == id {
			t.Errorf("%q have the id of others", other)
		}
	}
}
