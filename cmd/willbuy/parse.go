package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/reviews"
)

// reviewFiles is what is read of a folder, as in the step read.
const reviewFiles = "*.txt"

func (c *cli) parseCommand() *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "parse FILE|GLOB|DIR...",
		Short: "review files through the reader and parser alone",
		Long: `Reads review files, records "uuid","text" in any encoding and with any damage, and prints a JSON line for each record: {"file","line","lines","uuid","text"} for those that parse, {"file","line","lines","reason","raw"} for those that do not. The lines of both and the blank lines add up to the lines of the files; the totals go to stderr.

Of a folder the ` + reviewFiles + ` files are read, in all folders below it too. In a pattern ** stands for any number of folders.`,
		Example: `willbuy parse reviews/
willbuy parse 'stage/**/2026-*.csv' | jq -r .reason | sort | uniq -c`,
		Args: between(1, -1, "file, pattern or folder"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.parse(cmd.Context(), args, strict) },
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 3 if a record was quarantined")
	return cmd
}

// parsed is the tally of `willbuy parse`.
type parsed struct {
	files, lines, accepted, quarantined, blank int64
	reasons                                    map[string]int64
}

// acceptedRecord and rejectedRecord are the lines that parse prints.
type (
	acceptedRecord struct {
		File  string `json:"file"`
		Line  int    `json:"line"`
		Lines int    `json:"lines"`
		UUID  string `json:"uuid"`
		Text  string `json:"text"`
	}
	rejectedRecord struct {
		File     string `json:"file"`
		Line     int    `json:"line"`
		Lines    int    `json:"lines"`
		Reason   string `json:"reason"`
		Raw      string `json:"raw"`
		Encoding string `json:"encoding,omitempty"`
	}
)

func (c *cli) parse(ctx context.Context, args []string, strict bool) error {
	total := parsed{reasons: map[string]int64{}}
	var failed error
	for _, arg := range args {
		names, refused, err := reviewPaths(arg)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, r := range refused {
			total.reject(r.Reason)
			if err := c.object(rejectedRecord{File: r.Name, Reason: r.Reason}); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := c.parseFile(ctx, name, &total); err != nil {
				failed = errors.Join(failed, err) // the other files are still worth reading
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	if total.files+total.quarantined > 0 {
		c.tellParsed(total)
	}
	if failed != nil {
		return failed
	}
	if strict && total.quarantined > 0 {
		return errQuarantined
	}
	return nil
}

// tellParsed gives the totals.
func (c *cli) tellParsed(total parsed) {
	c.remark("%s, %s: %s accepted, %s quarantined, %s.", pipeline.Plural(total.files, "file"), pipeline.Plural(total.lines, "line"),
		pipeline.Plural(total.accepted, "record"), counted(total.quarantined), pipeline.Plural(total.blank, "blank line"))
	var reasons []string
	for reason := range total.reasons {
		reasons = append(reasons, reason)
	}
	for _, reason := range sorted(reasons) {
		c.remark("  %6s  %s", counted(total.reasons[reason]), reason)
	}
}

func (t *parsed) reject(reason string) {
	t.quarantined++
	t.reasons[reason]++
}

func (c *cli) parseFile(ctx context.Context, name string, total *parsed) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, cause(err))
	}
	defer file.Close()
	total.files++
	scan := reviews.NewScanner(name, file)
	for scan.Scan() && ctx.Err() == nil {
		review, reject := reviews.Parse(scan.Record())
		if reject == nil {
			total.accepted++
			err = c.object(acceptedRecord{review.File, review.Line, review.Lines, review.UUID, review.Text})
		} else {
			total.reject(string(reject.Reason))
			out := rejectedRecord{File: reject.File, Line: reject.Line, Lines: reject.Lines, Reason: string(reject.Reason), Raw: string(reject.Raw)}
			if !utf8.Valid(reject.Raw) {
				out.Raw, out.Encoding = base64.StdEncoding.EncodeToString(reject.Raw), "base64"
			}
			err = c.object(out)
		}
		if err != nil {
			return err
		}
	}
	total.lines += int64(scan.Lines())
	total.blank += int64(scan.Blank())
	if err := scan.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, cause(err))
	}
	return nil
}

// reviewPaths gives the files that an argument names: itself, the review files
// of a folder, or what a pattern matches.
func reviewPaths(arg string) (names []string, refused []reviews.Refused, err error) {
	root, pattern := arg, reviewFiles
	info, err := os.Stat(arg)
	switch {
	case err == nil && !info.IsDir():
		return []string{arg}, nil, nil
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
		root, pattern = splitPattern(arg)
	case err != nil:
		return nil, nil, fmt.Errorf("read %s: %w", arg, cause(err))
	}
	names, refused, err = reviews.List(root, pattern)
	if err != nil {
		return nil, nil, err
	}
	if len(names)+len(refused) == 0 {
		return nil, nil, pipeline.Hint(fmt.Errorf("read %s: no file there matches %s", root, pattern),
			"Name a file, or give a pattern in quotes: willbuy parse '"+filepath.Join(root, "**")+"'")
	}
	for i := range names {
		names[i] = filepath.Join(root, filepath.FromSlash(names[i]))
	}
	for i := range refused {
		refused[i].Name = filepath.Join(root, filepath.FromSlash(refused[i].Name))
	}
	return names, refused, nil
}

// splitPattern cuts a path into the folder before the first wildcard and the
// pattern below it.
func splitPattern(path string) (root, pattern string) {
	elements := strings.Split(filepath.ToSlash(path), "/")
	first := slices.IndexFunc(elements, func(e string) bool { return strings.ContainsAny(e, "*?[") })
	root = strings.Join(elements[:first], "/")
	switch {
	case first == 0:
		root = "."
	case root == "":
		root = "/"
	}
	return filepath.FromSlash(root), strings.Join(elements[first:], "/")
}

// cause is what went wrong with a file, without its name, which our sentence
// has already.
func cause(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Err
	}
	return err
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}
