package view

// Layout is the frame around every page.
type Layout struct {
	Title     string // of the browser's tab, without the portal's name; empty: the page's heading
	Person    string // e-mail address of who is signed in; empty: nobody, and there is no navigation
	Domain    string // whose portal this is, for example "example.com"; may be empty
	Part      Part   // the entry of the navigation that the page belongs to; empty: none
	RequestID string // what people quote when they ask for help; may be empty
	Version   string // of the portal
	LostForm  string // a sentence: what a form that did not arrive has not done; may be empty
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
	// switchAddress makes Identity-Aware Proxy forget the signed-in account and ask again.
	switchAddress = "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"
)

// titled is the layout with a title, unless it has one already.
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
