package pipeline

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"strings"

	"willbuy/pipeline/reviews"
)

// Quarantined is the question for every record that did not parse: why, whether
// it has been fixed since, where it stands, and its bytes. See Lab.SourceOf.
const Quarantined = "records in quarantine"

// RecordsWith leaves the records in quarantine that have a text in their reason,
// the name of their file or their bytes, in small or capital letters.
func RecordsWith(text string) Filter {
	low := strings.ToLower(text)
	var raw strings.Builder // as bytes are written that are cast to text: quotes, and those beyond ASCII, as \xe9
	for _, b := range []byte(low) {
		if b < ' ' || b >= 0x7f || strings.IndexByte(`\'"`, b) >= 0 {
			fmt.Fprintf(&raw, `\x%02x`, b)
		} else {
			raw.WriteByte(b)
		}
	}
	return Filter{Say: "reason, file or text has '" + text + "'",
		Expr: fmt.Sprintf("CONTAINS(LOWER(CONCAT(REASON, ' ', FILE)), %s) OR CONTAINS(LOWER(CAST(RAW AS VARCHAR)), %s)", Lit(low), Lit(raw.String()))}
}

// fixedFolder is where corrected records are put on the stage. They are files of
// their own: what was sent stays as it is, and so does its place in quarantine.
const fixedFolder = "fixed/"

// FixedFile names the file of the stage that holds the corrected text of a
// record: where it stands, and the beginning of its hash, since other bytes may
// come to stand there. The text sql/quarantine.sql knows the same name.
func FixedFile(file string, line int64, raw string) string {
	return fmt.Sprintf("%s%s-line%d-%.4x.txt", fixedFolder, file, line, md5.Sum([]byte(raw)))
}

// ReadFixed reads a corrected record as the parse step will. The error says what
// is still wrong with it.
func ReadFixed(text string) (reviews.Review, error) {
	scan := reviews.NewScanner("the corrected record", strings.NewReader(text))
	if !scan.Scan() {
		return reviews.Review{}, errors.New("nothing is there")
	}
	review, reject := reviews.Parse(scan.Record())
	if reject != nil {
		return review, errors.New(string(reject.Reason))
	}
	if scan.Scan() {
		return review, errors.New("these are two records; a fix is one")
	}
	return review, nil
}

// FixRecord puts the corrected text of a record on the stage, in a file of its own, where
// the next reading finds it; it gives the file's name. A fix of the same record
// from before is replaced, nothing else ever is.
func (w *Workspace) FixRecord(ctx context.Context, file string, line int64, raw, text string) (string, error) {
	doing := fmt.Sprintf("fix %s line %d", file, line)
	if _, err := ReadFixed(text); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	name := FixedFile(file, line, raw)
	if err := reviews.CheckName(name); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	pattern := w.valuesOf("read")["pattern"]
	if ok, err := reviews.Match(pattern, name); err != nil || !ok {
		return "", Hint(errors.Join(fmt.Errorf("%s: read.pattern is %q, and %s does not match it", doing, pattern, name), err),
			"Set read.pattern to '*.txt', which matches names in every folder.")
	}
	if err := w.Store.Put(ctx, ReviewStage, name, strings.NewReader(text+"\n")); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	return name, nil
}
