package main

import (
	"crypto/md5"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// convert writes shop.csv as a parquet file and as a table of a DuckDB file
// that has another beside it.
func convert(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(dir, "shop.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{
		"CREATE TABLE SHOP AS SELECT * FROM read_csv('" + filepath.Join(dir, "shop.csv") + "')",
		"CREATE TABLE OTHER AS SELECT 1 AS X",
		"COPY SHOP TO '" + filepath.Join(dir, "shop.parquet") + "' (FORMAT parquet)",
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
}

func md5Hex(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
