package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/api/googleapi"

	"github.com/jitaccess/terraform-provider-jitaccess/internal/eligibility"
)

// ExcerptUpstream makes one call to Google each time, without retries.
type ExcerptUpstream interface {
	// GetExcerpt reads the policy of a resource with version 3 and returns its relevant bindings;
	// see eligibility.Relevant. Errors of Google are *googleapi.Error. A response that is no policy
	// is ErrNoEtag or ErrNullBinding.
	GetExcerpt(ctx context.Context, resource string) ([]eligibility.Binding, error)
}

// NewExcerptUpstream reaches policies through Resource Manager v3 at an address that ends in a
// slash. The client adds the credentials. The generated client of the service keeps the whole
// response in memory and decodes all of it; this one keeps a binding at a time.
func NewExcerptUpstream(client *http.Client, address string) ExcerptUpstream {
	return excerptClient{client, address}
}

type excerptClient struct {
	client  *http.Client
	address string
}

const getPolicy = `{"options":{"requestedPolicyVersion":3}}`

func (c excerptClient) GetExcerpt(ctx context.Context, resource string) ([]eligibility.Binding, error) {
	switch kind(resource) {
	case "projects", "folders", "organizations":
	default:
		return nil, unknownResource(resource)
	}
	address := c.address + "v3/{+resource}:getIamPolicy?alt=json&prettyPrint=false"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(getPolicy))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	googleapi.Expand(r.URL, map[string]string{"resource": resource})
	response, err := c.client.Do(r)
	if err != nil {
		// Like the generated clients: that the time is over says more than what it interrupted.
		if over := ctx.Err(); over != nil {
			return nil, over
		}
		return nil, err
	}
	defer response.Body.Close()
	if err := googleapi.CheckResponse(response); err != nil {
		return nil, err
	}
	bindings, err := decodeExcerpt(response.Body)
	if over := ctx.Err(); err != nil && over != nil {
		return nil, over
	}
	return bindings, err
}

var errNotAnObject = errors.New("the answer is not a policy: it is no JSON object")

// decodeExcerpt reads a policy binding by binding.
func decodeExcerpt(body io.Reader) ([]eligibility.Binding, error) {
	d := json.NewDecoder(body)
	if err := expect(d, '{'); err != nil {
		return nil, err
	}
	var (
		kept []eligibility.Binding
		etag string
		rest json.RawMessage
	)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch key {
		case "bindings":
			kept, err = decodeBindings(d)
		case "etag":
			err = d.Decode(&etag)
		default:
			err = d.Decode(&rest)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := expect(d, '}'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotAnObject
	}
	if etag == "" {
		return nil, ErrNoEtag
	}
	return kept, nil
}

// expect reads a delimiter.
func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case got == nil:
		return ErrNoEtag
	case got != want:
		return fmt.Errorf("%w: %v where %v should be", errNotAnObject, got, want)
	}
	return nil
}

// decodeBindings returns the relevant ones of a list, which may be null.
func decodeBindings(d *json.Decoder) ([]eligibility.Binding, error) {
	if err := expect(d, '['); err != nil {
		if errors.Is(err, ErrNoEtag) {
			return nil, nil
		}
		return nil, err
	}
	var kept []eligibility.Binding
	var text json.RawMessage // used again for each
	for d.More() {
		if err := d.Decode(&text); err != nil {
			return nil, err
		}
		if bytes.Equal(text, []byte("null")) {
			return nil, ErrNullBinding
		}
		if isUnconditional(text) {
			continue
		}
		var b struct {
			Role      string
			Members   []string
			Condition struct{ Title, Description, Expression string }
		}
		if err := json.Unmarshal(text, &b); err != nil {
			return nil, err
		}
		read := eligibility.FromParts(b.Role, b.Members, b.Condition.Title, b.Condition.Description, b.Condition.Expression)
		if eligibility.Relevant(read) {
			kept = append(kept, read)
		}
	}
	return kept, expect(d, ']')
}

// isUnconditional is true for a binding that certainly has no condition, which saves decoding it:
// most bindings have none.
func isUnconditional(text []byte) bool {
	return text[0] == '{' && !bytes.Contains(text, []byte(`"condition"`)) && !bytes.ContainsRune(text, '\\')
}
