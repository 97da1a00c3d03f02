package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"willbuy/store"
)

func TestFilteredDashboardCountsTheCustomersWhoMeetEveryCondition(t *testing.T) {
	w := newLab(t)
	lab := w.Lab()
	choices, err := w.ShopChoices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Choice{}
	for _, c := range choices {
		byName[c.Say] = c
	}
	for _, name := range []string{"product type", "review quality", "product layout", "sentiment from", "sentiment to"} {
		if len(byName[name].Values) == 0 {
			t.Fatalf("no values to choose from for %q among %v", name, choices)
		}
	}
	product := byName["product type"].Condition(0)
	unhappy := Condition{store.Column{Name: lab.Sentiment, Type: store.Float}, "<=", 0.0}
	tests := []struct {
		name       string
		conditions []Condition
		where      string
	}{
		{"nothing", nil, "TRUE"},
		{"a product", []Condition{product}, fmt.Sprintf("%s = %s", lab.Group, Lit(fmt.Sprint(product.Value)))},
		{"a product, unhappy", []Condition{product, unhappy}, fmt.Sprintf("%s = %s AND %s <= 0", lab.Group, Lit(fmt.Sprint(product.Value)), lab.Sentiment)},
		{"a value that would be SQL", []Condition{{product.Column, "=", `'; DROP TABLE REVIEWS --`}}, "FALSE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := query(t, w, "SELECT COUNT(*) FROM "+lab.Joined+" WHERE "+test.where)[0]
			tables, err := w.FilteredDashboard(t.Context(), test.conditions)
			if err != nil {
				t.Fatal(err)
			}
			if len(tables) != len(dashboards) || tables[0].Name != "totals" {
				t.Fatalf("got the tables %v", tables)
			}
			if got := tables[0].Rows[0][0]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v customers, want %v", got, want)
			}
		})
	}
}

func TestAnEditedTextIsFilteredWhereItReadsTheJoinedRows(t *testing.T) {
	tests := []struct{ text, want string }{
		{"SELECT 1 FROM JOINED_DATA", "\nSELECT 1 FROM FILTERED_CUSTOMERS"},
		{`select 'JOINED_DATA' from joined_data`, "\nselect 'JOINED_DATA' from FILTERED_CUSTOMERS"},
		{"WITH a AS (SELECT * FROM JOINED_DATA) SELECT * FROM a", ", a AS (SELECT * FROM FILTERED_CUSTOMERS) SELECT * FROM a"},
		{"-- mine\n/* too */ with recursive a AS (SELECT 1 FROM JOINED_DATA) SELECT * FROM a", ", a AS (SELECT 1 FROM FILTERED_CUSTOMERS) SELECT * FROM a"},
		{"-- the customers' rate\nSELECT 'it''s' FROM JOINED_DATA", "\n-- the customers' rate\nSELECT 'it''s' FROM FILTERED_CUSTOMERS"},
		{"SELECT 1 /* of\nJOINED_DATA */ FROM REVIEWS -- not JOINED_DATA", ""},
		{"SELECT 1 FROM REVIEWS WHERE x = 'JOINED_DATA'", ""},
	}
	for _, test := range tests {
		got, err := filtered(DefaultLab(), test.text)
		if test.want == "" {
			if err == nil || !strings.Contains(err.Error(), "does not read JOINED_DATA") {
				t.Errorf("%s: got %q, %v; want a refusal", test.text, got, err)
			}
		} else if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.text, got, err, test.want)
		}
	}
}
