package world

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// checkKeys refuses a key that the type does not have, or has twice, and says
// on which line it stands. Malformed JSON gets its line too.
func checkKeys(name string, data []byte, t reflect.Type) error {
	c := keyChecker{name: name, data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
	if err := c.value(t); err != nil {
		return err
	}
	if c.decoder.More() {
		return c.fail("text after the end of the object")
	}
	return nil
}

type keyChecker struct {
	name    string
	data    []byte
	decoder *json.Decoder
}

func (c *keyChecker) fail(format string, args ...any) error {
	line := 1 + bytes.Count(c.data[:min(c.decoder.InputOffset(), int64(len(c.data)))], []byte("\n"))
	return fmt.Errorf("%s:%d: %s", c.name, line, fmt.Sprintf(format, args...))
}

func (c *keyChecker) value(t reflect.Type) error {
	token, err := c.decoder.Token()
	if err != nil {
		return c.fail("malformed JSON: %v", err)
	}
	if t == reflect.TypeFor[filePolicy]() {
		t = reflect.TypeFor[iampb.Policy]()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch token {
	case json.Delim('{'):
		return c.object(t)
	case json.Delim('['):
		if t.Kind() != reflect.Slice {
			return c.fail("a list where %s is expected", describe(t))
		}
		return c.list(t.Elem())
	}
	if t.Kind() == reflect.Struct || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		return c.fail("%v where %s is expected", token, describe(t))
	}
	return nil
}

func (c *keyChecker) object(t reflect.Type) error {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return c.fail("an object where %s is expected", describe(t))
	}
	seen := map[string]bool{}
	for c.decoder.More() {
		token, err := c.decoder.Token()
		if err != nil {
			return c.fail("malformed JSON: %v", err)
		}
		key := token.(string)
		inner, ok := field(t, key)
		if !ok {
			return c.fail("unknown key %q", key)
		}
		if seen[key] {
			return c.fail("key %q twice", key)
		}
		seen[key] = true
		if err := c.value(inner); err != nil {
			return err
		}
	}
	_, err := c.decoder.Token()
	if err != nil {
		return c.fail("malformed JSON: %v", err)
	}
	return nil
}

func (c *keyChecker) list(inner reflect.Type) error {
	for c.decoder.More() {
		if err := c.value(inner); err != nil {
			return err
		}
	}
	if _, err := c.decoder.Token(); err != nil {
		return c.fail("malformed JSON: %v", err)
	}
	return nil
}

var messageField = regexp.MustCompile(`name=(\w+)(?:,json=(\w+))?`)

// field is the type of what stands under a key; keys are compared exactly.
// Generated messages name theirs in a tag of their own.
func field(t reflect.Type, key string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("json")
		if message := messageField.FindStringSubmatch(f.Tag.Get("protobuf")); message != nil {
			name = cmp.Or(message[2], message[1])
		}
		if name == key {
			return f.Type, true
		}
	}
	return nil, false
}

func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a text"
	}
}
