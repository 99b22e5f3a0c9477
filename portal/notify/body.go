package notify

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"
)

// width is the longest line of the plain text, except for links.
const width = 76

// text is the plain text of a mail.
func (c content) text() string {
	var b strings.Builder
	paragraph := func(lines ...string) {
		b.WriteString(strings.Join(lines, "\n") + "\n\n")
	}
	paragraph(wrap(c.Heading, width)...)
	paragraph(wrap(c.Lead, width)...)
	if c.Warning != "" {
		paragraph(wrap(c.Warning, width)...)
	}
	paragraph(c.table()...)
	if c.Act.URL != "" {
		paragraph(c.Act.Label+":", c.Act.URL)
	}
	for _, n := range c.Notes {
		if n.URL == "" {
			paragraph(wrap(n.Text, width)...)
		} else {
			paragraph(append(wrap(n.Text+":", width), n.URL)...)
		}
	}
	// Mail clients set what follows two dashes and a blank apart (RFC 3676, section 4.3).
	b.WriteString("-- \n" + strings.Join(wrap(c.Foot, width), "\n") + "\n")
	return b.String()
}

// table aligns the values of the facts. Their further lines are indented too, so that no value can
// begin a line of the mail.
func (c content) table() []string {
	column := 0
	for _, f := range c.Facts {
		column = max(column, len(f.Label)+2)
	}
	var lines []string
	for _, f := range c.Facts {
		label := f.Label
		for _, line := range wrap(f.Value, width-column) {
			lines = append(lines, fmt.Sprintf("%-*s%s", column, label, line))
			label = ""
		}
	}
	return lines
}

// wrap breaks a line between words, and words that are longer than a line.
func wrap(s string, width int) []string {
	var lines []string
	var line string
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		runes := []rune(word)
		for len(runes) > width {
			lines = append(lines, string(runes[:width]))
			runes = runes[width:]
		}
		line = string(runes)
	}
	return append(lines, line)
}

//go:embed mail.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "mail.html"))

// html is the HTML of a mail. It uses tables and inline styles, which all mail clients show; its
// dark colours are a media query, without which it is as readable.
func (c content) html() (string, error) {
	var b strings.Builder
	if err := page.Execute(&b, c); err != nil {
		return "", fmt.Errorf("writing the HTML of a mail: %w", err)
	}
	return b.String(), nil
}
