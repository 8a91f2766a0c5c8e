package main

import "strings"

// §2: ids.

func idCharacter(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || strings.ContainsRune("()-_./", c) ||
		c >= 0x4E00 && c <= 0x9FFF
}

// isID tells whether s is an id as it stands: all that a verifier needs.
func isID(s string) bool {
	for _, c := range s {
		if !idCharacter(c) {
			return false
		}
	}
	return s != ""
}

// normaliseID makes the id of a row's text (NFKC, then upper case, by ids_table.go).
func normaliseID(s string) string {
	var out strings.Builder
	for _, c := range s {
		if idCharacter(c) {
			out.WriteRune(c)
		} else if text, ok := idTexts[c]; ok {
			out.WriteString(text)
		} else {
			out.WriteRune(idRun(c))
		}
	}
	if !isID(out.String()) {
		refuse("编号 %q 含有不许用的字符", s)
	}
	return out.String()
}

func idRun(c rune) rune {
	for _, run := range idRuns {
		if c >= run[0] && c <= run[1] {
			return run[2] + c - run[0]
		}
	}
	return c
}
