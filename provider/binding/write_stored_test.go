package binding_test

import (
	"bytes"
	"io"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// stores is the address of a proxy before Google that changes the policies that it is sent, as
// Google does with what it knows better.
func (c *cloud) stores(change func(policy []byte) []byte) string {
	c.t.Helper()
	google, err := url.Parse(c.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	proxy := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(google)
		if !strings.HasSuffix(r.In.URL.Path, ":setIamPolicy") {
			return
		}
		sent, err := io.ReadAll(r.In.Body)
		if err != nil {
			c.t.Error(err)
		}
		stored := change(sent)
		r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(stored)), int64(len(stored))
	}}
	server := httptest.NewServer(&proxy)
	c.t.Cleanup(server.Close)
	return server.URL
}

// An alias was a difference for ever, and a destroy found nothing, so that the person stayed
// eligible.
func TestWrite_AnAliasIsAnErrorThatNamesTheAddress(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	access := c.Access(administrator)
	access["endpoint"] = str(c.stores(func(sent []byte) []byte {
		return bytes.ReplaceAll(sent, []byte("user:al.archer@example.com"), []byte("user:alice@example.com"))
	}))
	const alias = "user:al.archer@example.com"
	aliased := but(config{"members": set(alias, bob)})
	made := talk(t, access).Create(aliased)
	says(t, made.Diagnostics, failure, at("members")+`.ElementKeyValue(tftypes.String<"`+alias+`">)`,
		"does not have for roles/compute.osAdminLogin: user:al.archer@example.com. It has user:alice@example.com instead")
	c.expect(payments, conditional(defaultTitle, "", marker, alice, bob))

	changed := talk(t, access).Update(made.NewState, but(config{"members": set(alias, carol)}))
	says(t, changed.Diagnostics, failure, at("members")+`.ElementKeyValue(tftypes.String<"`+alias+`">)`, "It has user:alice@example.com instead")
	c.expect(payments, conditional(defaultTitle, "", marker, alice, carol))

	mended := talk(t, access).Update(changed.NewState, but(config{"members": set(alice, carol)}))
	silent(t, "the address that Google has", mended.Diagnostics)
	talk(t, access).Delete(changed.NewState)
	c.expect(payments)
}

// Two aliases at once: nobody knows which is whose, and a destroy finds both.
func TestWrite_TwoAliasesAreInTheState(t *testing.T) {
	t.Parallel()
	for name, apply := range map[string]func(w *conversation, state *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse{
		"created": func(w *conversation, _ *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
			return w.Create(but(config{"members": set("user:al.archer@example.com", "user:bobby@example.com")}))
		},
		"updated": func(w *conversation, state *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
			return w.Update(state, but(config{"members": set(carol, "user:al.archer@example.com", "user:bobby@example.com")}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			access := c.Access(administrator)
			access["endpoint"] = str(c.stores(func(sent []byte) []byte {
				sent = bytes.ReplaceAll(sent, []byte("user:al.archer@example.com"), []byte("user:alice@example.com"))
				return bytes.ReplaceAll(sent, []byte("user:bobby@example.com"), []byte("user:bob@example.com"))
			}))
			var state *tfprotov6.DynamicValue
			if name == "updated" {
				state = talk(t, access).Create(but(config{"members": set(carol)})).NewState
			}
			failed := apply(talk(t, access), state)
			says(t, failed.Diagnostics, failure, at("members"), "It has these, whom nobody sent: user:alice@example.com, user:bob@example.com.")
			talk(t, access).Delete(failed.NewState)
			c.expect(payments)
		})
	}
}

// Google took the policy, and stored it without a member.
func TestWrite_AMissingMemberIsAnError(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	access := c.Access(administrator)
	access["endpoint"] = str(c.stores(func(sent []byte) []byte {
		return bytes.ReplaceAll(sent, []byte(`"user:carol@example.com"`), []byte(`"user:bob@example.com"`))
	}))
	made := talk(t, access).Create(but(config{"members": set(bob, carol)}))
	says(t, made.Diagnostics, failure, at("members")+`.ElementKeyValue(tftypes.String<"`+carol+`">)`, "and it does not have for roles/compute.osAdminLogin: user:carol@example.com. Look at the addresses")
	talk(t, access).Delete(made.NewState)
	c.expect(payments)
}

// A destroy was done, and its members stayed eligible.
func TestWrite_AMemberThatGoogleKeepsIsAnError(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func(w *conversation, state *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse{
		"destroyed":      (*conversation).Delete,
		"updated":        updateTo(but(config{"members": set(bob)})),
		"another title":  updateTo(but(config{"members": set(alice, bob), "title": str("Other")})),
		"another member": updateTo(but(config{"members": set(bob), "title": str("Other")})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			state := talk(t, c.Access(administrator)).Create(but(config{"members": set(alice, bob)})).NewState
			access := c.Access(administrator)
			access["endpoint"] = str(c.stores(func(sent []byte) []byte {
				kept := `"bindings":[{"role":"` + role + `","members":["` + alice + `"],"condition":{"title":"` + defaultTitle + `","expression":"` + marker + `"}},`
				return bytes.Replace(sent, []byte(`"bindings":[`), []byte(kept), 1)
			}))
			failed := give(talk(t, access), state)
			says(t, failed.Diagnostics, failure, at("members"), "and it still has them for roles/compute.osAdminLogin: user:alice@example.com.")
			next := talk(t, c.Access(administrator))
			next.Delete(next.Read(failed.NewState).NewState)
			for _, b := range c.Bindings(payments, role) {
				if b.GetCondition().GetTitle() == defaultTitle {
					t.Errorf("after the destroy there is %v", b)
				}
			}
		})
	}
}

func updateTo(next config) func(*conversation, *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
	return func(w *conversation, state *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
		return w.Update(state, next)
	}
}
