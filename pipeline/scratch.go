package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"willbuy/store"
)

// scratchFile keeps the statements of a workspace.
const scratchFile = "scratch.json"

// mostHistory is how many statements are remembered.
const mostHistory = 200

// Scratch is a statement that somebody keeps with the workspace.
type Scratch struct {
	Name string `json:"name"`
	Step string `json:"step"` // the step beside which it was kept
	SQL  string `json:"sql"`
}

// ScratchBook is the statements of a workspace: those that are kept, and those
// that were run, the latest last.
type ScratchBook struct {
	Kept    []Scratch `json:"kept"`
	History []string  `json:"history"`
}

// Keep adds a statement. One of the same name it replaces.
func (b *ScratchBook) Keep(s Scratch) {
	same := func(k Scratch) bool { return strings.EqualFold(k.Name, s.Name) }
	if i := slices.IndexFunc(b.Kept, same); i >= 0 {
		b.Kept[i] = s
		return
	}
	b.Kept = append(b.Kept, s)
}

// Ran remembers a statement as the latest.
func (b *ScratchBook) Ran(text string) {
	b.History = slices.DeleteFunc(b.History, func(h string) bool { return h == text })
	b.History = append(b.History, text)
	b.History = b.History[max(0, len(b.History)-mostHistory):]
}

// ScratchBook reads the statements; a workspace without any has an empty book.
func (w *Workspace) ScratchBook() (ScratchBook, error) {
	var b ScratchBook
	path := filepath.Join(w.Dir, scratchFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &b)
	}
	if err != nil {
		return ScratchBook{}, Hint(fmt.Errorf("read %s: %w", path, err), "Mend the file, or remove it to start anew.")
	}
	return b, nil
}

// SaveScratchBook writes the statements.
func (w *Workspace) SaveScratchBook(b ScratchBook) error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err == nil {
		err = os.MkdirAll(w.Dir, 0o755)
	}
	if err == nil {
		err = replaceFile(filepath.Join(w.Dir, scratchFile), append(data, '\n'))
	}
	if err != nil {
		return Hint(fmt.Errorf("keep the statements: %w", err), writableHint)
	}
	return nil
}

// Catalog reads which tables there are and what columns they have. Tables that
// the store keeps for itself are left out.
func (w *Workspace) Catalog(ctx context.Context) (Catalog, error) {
	var c Catalog
	rows, err := w.Store.Query(ctx, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS
WHERE LOWER(TABLE_SCHEMA) IN ('main', 'public') ORDER BY TABLE_NAME, ORDINAL_POSITION`)
	if err != nil {
		return c, err
	}
	all, err := rows.Collect(-1)
	if err != nil {
		return c, err
	}
	for _, row := range all {
		table, column := fmt.Sprint(row[0]), store.Column{Name: fmt.Sprint(row[1]), Type: store.Type(fmt.Sprint(row[2]))}
		if strings.HasPrefix(strings.ToUpper(table), "WILLBUY_") {
			continue
		}
		if n := len(c.Tables); n == 0 || c.Tables[n-1].Name != table {
			c.Tables = append(c.Tables, CatalogTable{Name: table})
		}
		t := &c.Tables[len(c.Tables)-1]
		t.Columns = append(t.Columns, column)
	}
	return c, nil
}
