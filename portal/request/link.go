package request

import "strings"

// opening is how base64url writes the beginning of every JSON object that has
// members and no blanks.
const opening = "ey"

var (
	obscuring = strings.NewReplacer("."+opening, "~~", ".", "~")
	revealing = strings.NewReplacer("~~", "."+opening, "~", ".")
)

// Obscure is the form that a token has in the addresses of JIT Access 1.8.1:
// eyABC.eyDE.FG becomes ABC~~DE~FG. It protects nothing, anybody can undo it. It
// is "" for what is no token.
func Obscure(token string) string {
	if !shaped(token) {
		return ""
	}
	return obscuring.Replace(strings.TrimPrefix(token, opening))
}

// Reveal returns the token for which Obscure has written the text, whether the
// token can be redeemed or not. Whatever Obscure never writes is an *Error with
// the reason Malformed.
func Reveal(text string) (string, error) {
	token := opening + revealing.Replace(text)
	if Obscure(token) != text || text == "" {
		return "", &Error{Reason: Malformed}
	}
	return token, nil
}

// shaped is true for three parts of a token's characters, of which two open as
// JSON objects do.
func shaped(token string) bool {
	parts := strings.Split(token, ".")
	return len(parts) == 3 && compact(token) && parts[2] != "" &&
		strings.HasPrefix(parts[0], opening) && strings.HasPrefix(parts[1], opening)
}
