package view

// Layout is what stands around every page.
type Layout struct {
	Title     string // of the browser's tab, without the portal's name; empty: the page's own heading
	Person    string // the e-mail address of who is signed in; empty: nobody is, and the navigation is left out
	Domain    string // whose portal this is, for example "example.com"; may be empty
	Part      Part   // which part of the navigation the page is; empty: none
	RequestID string // what people quote when they ask for help; may be empty
	Version   string // of the portal
	Lost      string // a sentence: what a form did not do that did not arrive; empty: none was lost
	Assets    Assets
}

// Part is an entry of the navigation.
type Part string

// PartAccess is the person's own access: home.
const PartAccess Part = "access"

// Assets are the addresses of the files that pages load, as package static names them.
type Assets struct {
	Stylesheet string
	Script     string
	Icons      string // one sprite; a symbol is addressed as its fragment
}

const (
	homeAddress = "/"
	// switchAddress makes Identity-Aware Proxy forget who is signed in, and ask again.
	switchAddress = "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"
)

// titled is the layout with the page's own title, unless it has one already.
func (l Layout) titled(title string) Layout {
	if l.Title == "" {
		l.Title = title
	}
	return l
}

// icon is the address of one symbol of the sprite.
func (l Layout) icon(symbol string) string {
	return l.Assets.Icons + "#" + symbol
}
