package query

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// Text tells whether a text is the value, without case; where the value ends
// in *, whether it begins so.
func Text(text, value string) bool {
	text, value = strings.ToLower(text), strings.ToLower(value)
	if prefix, ok := strings.CutSuffix(value, "*"); ok {
		return strings.HasPrefix(text, prefix)
	}
	return text == value
}

// Words tells whether the words of the value follow one another in the text,
// without case; the last may be a beginning, ending in *. Everything but
// letters and digits separates words.
func Words(text, value string) bool {
	words, wanted := spaced(text), spaced(value)
	if strings.HasSuffix(value, "*") {
		return words != "" && strings.Contains(words, strings.TrimSuffix(wanted, " "))
	}
	return wanted != "" && strings.Contains(words, wanted)
}

// spaced is the words of a text, with a blank before and after each.
func spaced(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ") + " "
}

// errToken is the error of a page token that no search has given.
var errToken = errors.New("Invalid page token.")

// Page cuts one page out of a list, of the default size if none is asked and
// of the largest if more is. The token of the next page is opaque to clients;
// a foreign one is an error with Google's text.
func Page[T any](list []T, size, standard, largest int, token string) ([]T, string, error) {
	from := 0
	if token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", errToken
		}
		from, err = strconv.Atoi(string(text))
		if err != nil || from < 0 || from > len(list) {
			return nil, "", errToken
		}
	}
	if size <= 0 {
		size = standard
	}
	to := min(from+min(size, largest), len(list))
	if to == len(list) {
		return list[from:], "", nil
	}
	return list[from:to], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to))), nil
}
