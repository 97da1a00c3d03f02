package duck

import (
	"context"
	"database/sql"
	"fmt"
)

// versionTable says which migrations a file has had.
const versionTable = "WILLBUY_VERSION"

// migrations bring a file to the form that this program expects, each once and
// in order. What stands here has run on people's files: add, never change.
var migrations = []string{
	"CREATE TABLE IF NOT EXISTS " + markersTable + " (RUN VARCHAR, STEP VARCHAR, SHARD VARCHAR, INPUT VARCHAR, BODY BLOB)",
}

// migrate applies what a file has not had yet. A file of a newer program is
// refused before anything is written to it.
func migrate(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+versionTable+" (VERSION BIGINT)"); err != nil {
		return err
	}
	var have int
	if err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(VERSION), 0) FROM "+versionTable).Scan(&have); err != nil {
		return err
	}
	if have > len(migrations) {
		return fmt.Errorf("its format is %d and this willbuy knows formats up to %d; use the newer willbuy that made it", have, len(migrations))
	}
	for i, text := range migrations[have:] {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, text)
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO "+versionTable+" VALUES (?)", have+i+1)
		}
		if err != nil {
			tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	if have < len(migrations) {
		_, err := db.ExecContext(ctx, "CHECKPOINT") // so that no reader needs the write-ahead log
		return err
	}
	return nil
}
