package reviews

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, in string
		text     string
		reason   Reason
	}{
		{"as specified", `"ID","good"`, "good", ""},
		{"comma", `"ID","good, cheap"`, "good, cheap", ""},
		{"doubled quotes", `"ID","a ""good"" one"""`, `a "good" one"`, ""},
		{"a text of quotes", `"ID",""""""`, `""`, ""},
		{"blanks belong to a quoted text", `"ID","  good "`, "  good ", ""},
		{"terminal escape is kept", "\"ID\",\"\x1b[31mred\"", "\x1b[31mred", ""},
		{"no quotes at all", `ID,good, cheap`, "good, cheap", ""},
		{"blanks belong to a bare text", `ID, good `, " good ", ""},
		{"bare UUID", `ID,"good"`, "good", ""},
		{"bare text", `"ID",good`, "good", ""},
		{"bare text with quotes in it", `"ID",the "good" one`, `the "good" one`, ""},
		{"bare text with an inch", `ID,5" wide`, `5" wide`, ""},
		{"UUID with one quote", `ID","good"`, "good", ""},
		{"UUID with the other quote", `"ID,"good"`, "good", ""},
		{"blanks around", "\t\"ID\" , \"good\" ", "good", ""},
		{"inner quotes not doubled", `"ID","the "good" one"`, `the "good" one`, ""},
		{"an inch not doubled", `"ID","a 5" screen"`, `a 5" screen`, ""},
		{"inner quotes at the ends", `"ID",""good" one"`, `"good" one`, ""},

		{"further column", `"ID","good","5"`, "", StrayQuote},
		{"further column after a blank", `"ID","good" , "5"`, "", StrayQuote},
		{"further number", `"ID","good",5`, "", StrayQuote},
		{"doubled and not doubled", `"ID","a ""good"" 5" screen"`, "", StrayQuote},
		{"text behind its quote", `"ID","good" one`, "", StrayQuote},
		{"only the closing quote", `"ID",good"`, "", StrayQuote},
		{"only the opening quote", `"ID","good`, "", Unterminated},
		{"only a quote", `"ID","`, "", Unterminated},
		{"nothing", `"ID",`, "", EmptyText},
		{"empty", `"ID",""`, "", EmptyText},
		{"blank", `"ID"," ` + "\t\n" + `"`, "", EmptyText},
		{"no comma", `"ID" "good"`, "", NoComma},
		{"no comma before the text's", `"ID" "good, cheap"`, "", NoComma},
		{"UUID alone", `"ID"`, "", NoComma},
		{"words", `good`, "", NoComma},
		{"header", `"UUID","REVIEW_TEXT"`, "", NotUUID},
		{"short UUID", `"0b9c1e4e-6f0a-4d7b-9d53","good"`, "", NotUUID},
		{"no hexadecimal", `"0b9c1e4e-6f0a-4d7b-9d53-1f2a3b4c5d6g","good"`, "", NotUUID},
		{"too many digits", `"ID0","good"`, "", NoComma},
		{"braces", `{ID},good`, "", NotUUID},
		{"NUL", "\"ID\",\"go\x00d\"", "", NulByte},
		{"Windows-1252", "\"ID\",\"\x84sch\xf6n\x93 \x96 5 \x80\"", "„schön“ – 5 €", ""},
		{"one letter of Latin-1", "\"ID\",\"\xf1\"", "ñ", ""},
		{"undefined in Windows-1252", "\"ID\",\"sch\x81n\"", "", NotText},
		{"damaged UTF-8", "\"ID\",\"sch\xc3\xb6n gro\xc3\"", "", NotText},
		{"an umlaut cut in two", "\"ID\",\"gro\xc3\"", "", NotText},
		{"an emoji cut", "\"ID\",\"good \xf0\x9f\x98\"", "", NotText},
		{"a dash cut", "\"ID\",\"good \xe2\x80\"", "", NotText},
		{"capitals in Latin-1", "\"ID\",\"MA\xc7\xc3 T\xc2MARA\"", "MAÇÃ TÂMARA", ""},
		{"a letter before a closing quote", "\"ID\",\"\xab caf\xe9\xbb\"", "« café»", ""},
		{"Cyrillic code page", "\"ID\",\"\xef\xf0\xe8\xe2\xe5\xf2\"", "", NotText},
		{"bytes with a control character", "\"ID\",\"\xe9\x07\"", "", NotText},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := strings.ReplaceAll(test.in, "ID", strings.ToUpper(idA))
			if strings.Contains(test.in, `"UUID"`) {
				raw = test.in
			}
			review, reject := Parse(Record{File: "f.txt", Line: 4, Lines: 1, Raw: []byte(raw), Size: int64(len(raw))})
			switch {
			case reject != nil && reject.Reason != test.reason:
				t.Errorf("rejected: %s, want %q %q", reject.Reason, test.reason, test.text)
			case reject != nil && string(reject.Raw) != raw:
				t.Errorf("raw %q became %q", raw, reject.Raw)
			case reject == nil && (review.Text != test.text || test.reason != "" || review.UUID != idA):
				t.Errorf("got %q %q, want %q %q", review.UUID, review.Text, test.text, test.reason)
			}
		})
	}
}

func TestRejectIsASentence(t *testing.T) {
	_, reject := Parse(Record{File: "reviews/r17.txt", Line: 4, Lines: 1, Raw: []byte("good")})
	if got, want := reject.Error(), "read reviews/r17.txt line 4: no comma between UUID and text (quarantined)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
