package request

import "strings"

// objectStart is the start of every JSON object in base64url, if it has members and no blanks.
const objectStart = "ey"

var (
	obscureReplacer = strings.NewReplacer("."+objectStart, "~~", ".", "~")
	revealReplacer  = strings.NewReplacer("~~", "."+objectStart, "~", ".")
)

// Obscure is the form that a token has in the addresses of JIT Access 1.8.1: eyABC.eyDE.FG becomes
// ABC~~DE~FG. It protects nothing: anybody can undo it. It is "" for a text that is no token: three
// parts of a token's characters, of which the first two are JSON objects.
func Obscure(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !hasTokenCharacters(token) || parts[2] == "" ||
		!strings.HasPrefix(parts[0], objectStart) || !strings.HasPrefix(parts[1], objectStart) {
		return ""
	}
	return obscureReplacer.Replace(strings.TrimPrefix(token, objectStart))
}

// Reveal undoes Obscure, whether the token can be redeemed or not. A text that Obscure never
// returns is an *Error with the reason Malformed.
func Reveal(text string) (string, error) {
	token := objectStart + revealReplacer.Replace(text)
	if Obscure(token) != text || text == "" {
		return "", &Error{Reason: Malformed}
	}
	return token, nil
}
