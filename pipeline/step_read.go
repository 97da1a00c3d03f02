package pipeline

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"iter"
	"slices"

	"willbuy/pipeline/reviews"
	"willbuy/store"
)

// readBatch is how many bytes of files go into one transaction at least; a
// crash costs at most one batch.
const readBatch = 16 << 20

var readStep = &Step{
	ID: "read", Title: "Read", Version: 1, Needs: []string{"setup"}, Spare: true,
	Question: "what did customers send us?",
	Look:     "Files, records and lines: do they match what you dropped into the stage?",
	Params: []Param{
		{Name: "pattern", Kind: StringParam, Default: "*.txt", Help: "which files: * any characters, ? one, ** any folders; without a slash it matches names in every folder"},
	},
	Outside: func(ctx context.Context, w *Workspace) (string, error) {
		files, err := w.Store.List(ctx, ReviewStage)
		if err != nil {
			return "", err
		}
		h := md5.New()
		for _, f := range files {
			if ok, _ := reviews.Match(w.valuesOf("read")["pattern"], f.Name); ok {
				fmt.Fprintf(h, "%q %s\n", f.Name, f.MD5)
			}
		}
		return fmt.Sprintf("%x", h.Sum(nil)), nil
	},
	Code: func(l Lab, v Values) string {
		return fmt.Sprintf("LIST @%s PATTERN = %s;\nfor each new or changed file:\n    cut it into records → %s (FILE, LINE, LINES, SIZE, UTF16, RAW)",
			ReviewStage, Lit(v["pattern"]), RecordsTable)
	},
	Checks: []Rule{
		{Name: "every record of a file is in " + RecordsTable, Query: func(Lab) string {
			return `SELECT f.FILE, f.RECORDS, COUNT(r.LINE) FROM REVIEW_FILES f LEFT JOIN REVIEW_RECORDS r ON r.FILE = f.FILE
GROUP BY f.FILE, f.RECORDS HAVING COUNT(r.LINE) <> f.RECORDS`
		}},
	},
	Run: read,
}

func read(ctx context.Context, x *Exec) (StepFinished, error) {
	wanted, err := x.stagedFiles(ctx)
	if err != nil {
		return StepFinished{}, err
	}
	known, err := x.knownFiles(ctx)
	if err != nil {
		return StepFinished{}, err
	}
	var fresh []store.File
	var bytes, done int64
	for _, f := range wanted {
		if known[f.Name] != f.MD5 {
			fresh = append(fresh, f)
			bytes += f.Size
		}
		delete(known, f.Name)
	}
	if err := x.forgetFiles(ctx, known); err != nil {
		return StepFinished{}, err
	}
	x.Progress(0, bytes, "bytes")
	for len(fresh) > 0 {
		n, size := 0, int64(0)
		for n < len(fresh) && (n == 0 || size < readBatch) {
			size += fresh[n].Size
			n++
		}
		batch := fresh[:n]
		fresh = fresh[n:]
		err := x.Write(ctx, "files", batch[n-1].Name, func(w store.Writer) error {
			for _, f := range batch {
				if err := x.readFile(ctx, w, f, func(at int64) { x.Progress(min(done+at, bytes), bytes, "bytes") }); err != nil {
					return err
				}
				done += f.Size
			}
			return nil
		})
		if err != nil {
			return StepFinished{}, err
		}
	}
	x.Progress(bytes, bytes, "bytes")
	return x.describeRead(ctx)
}

// stagedFiles lists the stage's files that match the pattern; none at all is
// an error that says what there is.
func (x *Exec) stagedFiles(ctx context.Context) ([]store.File, error) {
	pattern := x.Values["pattern"]
	all, err := x.Store.List(ctx, ReviewStage)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, Hint(errors.New("the stage is empty: there are no review files to read"),
			"Put text files into the workspace's stage folder, or set setup.reviews to a folder of yours.")
	}
	var files []store.File
	for _, f := range all {
		if err := reviews.CheckName(f.Name); err != nil {
			x.Warn("left out %q: %v", f.Name, err)
			continue
		}
		ok, err := reviews.Match(pattern, f.Name)
		if err != nil {
			return nil, Usage(err)
		}
		if ok {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil, Hint(fmt.Errorf("none of the stage's %s matches %q; the first is called %q", Plural(int64(len(all)), "file"), pattern, all[0].Name),
			"Set read.pattern to a pattern that fits, for example '*.txt' or '**'.")
	}
	return files, nil
}

// knownFiles gives the files that were read before, with their MD5.
func (x *Exec) knownFiles(ctx context.Context) (map[string]string, error) {
	rows, err := x.Store.Query(ctx, "SELECT FILE, MD5 FROM REVIEW_FILES")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var name, sum string
		if err := rows.Scan(&name, &sum); err != nil {
			return nil, err
		}
		known[name] = sum
	}
	return known, rows.Err()
}

// forgetFiles takes out the records of files that are gone from the stage.
func (x *Exec) forgetFiles(ctx context.Context, gone map[string]string) error {
	if len(gone) == 0 {
		return nil
	}
	x.Log("%s left the stage: their records go", Plural(int64(len(gone)), "file"))
	return x.Write(ctx, "gone", x.Fingerprint, func(w store.Writer) error {
		for name := range gone {
			if err := deleteFile(w, name); err != nil {
				return err
			}
		}
		return nil
	})
}

func deleteFile(w store.Writer, name string) error {
	for _, table := range []string{RecordsTable, FilesTable} {
		if _, err := w.Delete(table, "FILE", name); err != nil {
			return err
		}
	}
	return nil
}

// readFile puts one file's records in the place of those it had before.
func (x *Exec) readFile(ctx context.Context, w store.Writer, f store.File, progress func(bytes int64)) error {
	content, err := x.Store.Open(ctx, ReviewStage, f.Name)
	if err != nil {
		return Hint(err, "Make the file readable or take it out of the stage, then run again.")
	}
	defer content.Close()
	if err := deleteFile(w, f.Name); err != nil {
		return err
	}
	scan := reviews.NewScanner(f.Name, content)
	records, size := int64(0), int64(0)
	rows := func(yield func([]any, error) bool) {
		for ctx.Err() == nil && scan.Scan() {
			r := scan.Record()
			records++
			if size += r.Size; records%1000 == 0 {
				progress(size)
			}
			if !yield([]any{f.Name, int64(r.Line), int64(r.Lines), r.Size, r.UTF16, slices.Clone(r.Raw)}, nil) {
				return
			}
		}
		if err := errors.Join(ctx.Err(), scan.Err()); err != nil {
			yield(nil, fmt.Errorf("read %s: %w", f.Name, err))
		}
	}
	if _, err := w.Append(RecordsTable, rows); err != nil {
		return err
	}
	_, err = w.Append(FilesTable, one(f.Name, f.MD5, f.Size, records, int64(scan.Lines()), int64(scan.Blank())))
	return err
}

// one is a sequence of a single row.
func one(values ...any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) { yield(values, nil) }
}

func (x *Exec) describeRead(ctx context.Context) (StepFinished, error) {
	files, err := x.Show(ctx, "files", "Files of the stage", "SELECT FILE, BYTES, RECORDS, LINES, BLANK FROM REVIEW_FILES ORDER BY FILE")
	if err != nil {
		return StepFinished{}, err
	}
	var size int64
	for _, f := range files {
		size += f[1].(int64)
	}
	out, err := x.Made(ctx, RecordsTable, "FILE, LINE")
	out.Unit = "records"
	out.Summary = fmt.Sprintf("%s records in %s, %s.", Thousands(out.Rows), Plural(int64(len(files)), "file"), Bytes(size))
	return out, err
}
