package query

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// MatchesText tells whether a text equals the value, or begins with it where the value ends in *.
// Case does not matter.
func MatchesText(text, value string) bool {
	text, value = strings.ToLower(text), strings.ToLower(value)
	if prefix, ok := strings.CutSuffix(value, "*"); ok {
		return strings.HasPrefix(text, prefix)
	}
	return text == value
}

// MatchesWords tells whether the words of the value follow one another in the text. The last may
// end in * and match the beginning of a word. Case does not matter; everything but letters and
// digits separates words.
func MatchesWords(text, value string) bool {
	words, wanted := spacedWords(text), spacedWords(value)
	if strings.HasSuffix(value, "*") {
		return words != "" && strings.Contains(words, strings.TrimSuffix(wanted, " "))
	}
	return wanted != "" && strings.Contains(words, wanted)
}

// spacedWords is the words of a text, with a blank before and after each.
func spacedWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ") + " "
}

// errToken is Google's error about a page token that no response contained.
var errToken = errors.New("Invalid page token.")

// Page returns one page of a list, and the token of the next. The page has the default size where
// none is requested, and at most the largest. A token that Page did not return is an error with
// Google's text.
func Page[T any](list []T, size, defaultSize, largest int, token string) ([]T, string, error) {
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
		size = defaultSize
	}
	to := min(from+min(size, largest), len(list))
	if to == len(list) {
		return list[from:], "", nil
	}
	return list[from:to], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to))), nil
}
