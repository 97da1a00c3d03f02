package duck

import (
	"errors"
	"slices"
	"testing"

	"willbuy/store"
)

func TestAStatementIsPlannedInWordsAndNotRun(t *testing.T) {
	s := New(t.TempDir(), Options{})
	defer s.Close()
	err := s.Write(t.Context(), store.Marker{Step: "x"}, func(w store.Writer) error {
		_, err := w.CreateAs("SHOP", "SELECT i AS ID, i % 7 AS KIND, i / 2.0 AS PRICE FROM range(1000) t(i)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.Explain(t.Context(), "SELECT KIND, KIND, AVG(PRICE) AS P -- mean\nFROM SHOP\nWHERE PRICE > 3\nGROUP BY KIND ORDER BY P DESC -- end")
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Column{{Name: "KIND", Type: store.Int}, {Name: "KIND", Type: store.Int}, {Name: "P", Type: store.Float}}
	if !slices.Equal(plan.Columns, want) {
		t.Errorf("the columns are %v", plan.Columns)
	}
	var does []string
	for _, step := range plan.Steps {
		does = append(does, step.Does)
	}
	if len(does) != 3 || does[0] != "read SHOP where PRICE>3.0" || does[1][:5] != "group" || does[2][:4] != "sort" {
		t.Errorf("it does %q", does)
	}
	if plan.Steps[0].Rows < 1 {
		t.Errorf("no estimate: %+v", plan.Steps[0])
	}
	for text, line := range map[string]int{"SELECT ID\nFROM\nSHPO": 3, "SELECT ID,\n  NOPE\nFROM SHOP": 2, "DELETE FROM SHOP": 0, "SHOW TABLES": 1,
		"EXPLAIN SELECT 1": 0, "SELECT 1; SELECT 2": 0, "SELECT 1) x, (SELECT 2": 1, "SELECT ?": 0} {
		_, err := s.Explain(t.Context(), text)
		var fault store.Fault
		if errors.As(err, &fault); err == nil || fault.Line != line {
			t.Errorf("%q: %v in line %d, want %d", text, err, fault.Line, line)
		}
	}
	rows, err := s.Query(t.Context(), "SELECT COUNT(*) FROM SHOP")
	if err == nil {
		var n [][]any
		if n, err = rows.Collect(1); err == nil && n[0][0] != int64(1000) {
			t.Errorf("%v rows are left", n)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
