package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/encoding/protojson"
)

// decode reads a world file. What is malformed, and a key that no type has or that stands there
// twice, is an error with its line.
func decode(name string, data []byte) (file, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return file{}, fmt.Errorf("%s:%d: %w", name, lineAt(data, offsetOf(err)), err)
	}
	c := keyChecker{name, data, json.NewDecoder(bytes.NewReader(data))}
	return f, c.value(reflect.TypeFor[file]())
}

func offsetOf(err error) int64 {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return e.Offset
	}
	return 0
}

func lineAt(data []byte, offset int64) int { return 1 + bytes.Count(data[:offset], []byte("\n")) }

// keyChecker checks the keys of JSON that was decoded into its type before.
type keyChecker struct {
	name    string
	data    []byte
	decoder *json.Decoder
}

func (c *keyChecker) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", c.name, lineAt(c.data, c.decoder.InputOffset()), fmt.Sprintf(format, args...))
}

func (c *keyChecker) value(t reflect.Type) error {
	if t == reflect.TypeFor[json.RawMessage]() {
		return c.policy()
	}
	token, err := c.decoder.Token()
	switch {
	case err == nil && token == json.Delim('{'):
		return c.object(t)
	case err == nil && token == json.Delim('['):
		for c.decoder.More() {
			if err := c.value(t.Elem()); err != nil {
				return err
			}
		}
		_, err = c.decoder.Token()
	}
	return err
}

func (c *keyChecker) object(t reflect.Type) error {
	seen := map[string]bool{}
	for c.decoder.More() {
		token, err := c.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		inner, ok := field(t, key)
		switch {
		case !ok:
			return c.fail("unknown key %q", key)
		case seen[key]:
			return c.fail("key %q twice", key)
		}
		seen[key] = true
		if err := c.value(inner); err != nil {
			return err
		}
	}
	_, err := c.decoder.Token()
	return err
}

// policy checks a policy by the JSON mapping of protocol buffers. That mapping reports lines too,
// so the policy is preceded by as many line ends as stand before it in the file.
func (c *keyChecker) policy() error {
	var text json.RawMessage
	if err := c.decoder.Decode(&text); err != nil {
		return err
	}
	before := bytes.Count(c.data[:c.decoder.InputOffset()-int64(len(text))], []byte("\n"))
	if err := protojson.Unmarshal(append(bytes.Repeat([]byte("\n"), before), text...), &iampb.Policy{}); err != nil {
		return fmt.Errorf("%s: policy: %w", c.name, err)
	}
	return nil
}

// field is the type of what stands under a key; keys are compared exactly.
func field(t reflect.Type, key string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.Tag.Get("json") == key {
			return f.Type, true
		}
	}
	return nil, false
}
