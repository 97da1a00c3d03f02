package synth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// Files and folders that Write makes.
const (
	TabularFile = "tabular.csv"
	ReviewsDir  = "reviews"
	TruthFile   = "truth.json" // written last: where it is, the rest is whole
	TruthTable  = "truth.csv"
)

const (
	tabularHeader = "UUID,PRODUCT_TYPE,PRODUCT_LAYOUT,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION\n"
	truthHeader   = "UUID,REVIEW_QUALITY,REVIEW_SENTIMENT,PROBABILITY,LANGUAGE\n"
)

// recordsPerFile is the most that a review file holds.
const recordsPerFile = 500

// Write makes the data in dir, which is created where it is missing:
//
//	tabular.csv                  UUID,PRODUCT_TYPE,PRODUCT_LAYOUT,PAGE_LOAD_TIME,PRODUCT_RATING,PURCHASE_DECISION
//	reviews/reviews_en_0001.txt  `"uuid","text"`, a record a line, 500 a file, a language a series of files
//	truth.csv                    UUID,REVIEW_QUALITY,REVIEW_SENTIMENT,PROBABILITY,LANGUAGE, as intended, every customer in the order of tabular.csv
//	truth.json                   the coefficients of the logit, what they multiply, and what was planted
//
// Files of an earlier Write are replaced. Progress, unless nil, is told how
// many rows of the total are done. An interrupted Write leaves no truth.json.
func Write(ctx context.Context, opts Options, dir string, progress func(done, total int64)) error {
	p, err := newPlan(opts)
	if err != nil {
		return err
	}
	s, err := loadSources(p)
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	w := &dataWriter{plan: p, dir: dir, reviews: make([]reviewSeries, len(p.langs))}
	if err := w.open(); err != nil {
		return errors.Join(fmt.Errorf("synth: prepare %s: %w", dir, err), w.close())
	}
	err = inOrder(ctx, p.workers, p.blocks(),
		func(n int64, b *dataBlock) { b.fill(p, s, n) },
		func(_ int64, b *dataBlock) error {
			if err := w.write(b); err != nil {
				return fmt.Errorf("synth: after %d of %d rows: %w", w.tally.rows, p.rows, err)
			}
			if progress != nil {
				progress(w.tally.rows, p.rows)
			}
			return nil
		})
	if err = errors.Join(err, w.close()); err != nil {
		return err
	}
	return writeTruth(filepath.Join(dir, TruthFile), p, &w.tally)
}

// dataBlock is a block of rows on its way to the files.
type dataBlock struct {
	author  *author
	rows    []Row
	tabular []byte
	truth   []byte
	reviews []reviewLines // by language
	damaged [len(damages)]int64
}

// reviewLines are records one after the other, and where each of them ends.
type reviewLines struct {
	text []byte
	ends []int
}

func (b *dataBlock) fill(p *plan, s sources, n int64) {
	if b.author == nil {
		b.author = newAuthor(p, s)
		b.reviews = make([]reviewLines, len(p.langs))
	}
	for i := range b.reviews {
		b.reviews[i].text, b.reviews[i].ends = b.reviews[i].text[:0], b.reviews[i].ends[:0]
	}
	b.tabular, b.truth, b.damaged = b.tabular[:0], b.truth[:0], [len(damages)]int64{}
	b.rows = p.draw(b.rows[:0], n)
	for i := range b.rows {
		r := &b.rows[i]
		b.tabular = r.appendTabular(b.tabular)
		b.truth = r.appendTruth(b.truth)
		if p.reviewed(r.Number) {
			b.review(p, r)
		}
	}
}

func (b *dataBlock) review(p *plan, r *Row) {
	lines := &b.reviews[r.lang]
	text := b.author.write(r)
	b.author.stream(damageStream, r.Number)
	if rng := b.author.rng; rng.Float64() < p.dirty {
		kind := rng.IntN(len(damages))
		b.damaged[kind]++
		lines.text = damages[kind].spoil(rng, lines.text, r.UUID, text)
	} else {
		lines.text = appendRecord(lines.text, r.UUID, text)
	}
	lines.ends = append(lines.ends, len(lines.text))
}

func (r *Row) appendTabular(dst []byte) []byte {
	dst = append(r.UUID.AppendTo(dst), ',')
	dst = append(append(dst, r.ProductType...), ',')
	dst = append(append(dst, r.Layout...), ',')
	dst = append(strconv.AppendFloat(dst, r.PageLoadTime, 'f', 2, 64), ',')
	dst = append(strconv.AppendInt(dst, int64(r.Rating), 10), ',')
	return append(dst, byte('0'+r.Purchase), '\n')
}

func (r *Row) appendTruth(dst []byte) []byte {
	dst = append(r.UUID.AppendTo(dst), ',')
	dst = append(append(dst, r.Quality...), ',')
	dst = append(strconv.AppendFloat(dst, r.Sentiment, 'f', 2, 64), ',')
	dst = append(strconv.AppendFloat(dst, r.Probability, 'f', 5, 64), ',')
	return append(append(dst, r.Language...), '\n')
}

// dataWriter has the open files.
type dataWriter struct {
	plan    *plan
	dir     string
	tabular *os.File
	truth   *os.File
	reviews []reviewSeries // by language
	tally   tally
}

// reviewSeries are the files of one language, the last of them open.
type reviewSeries struct {
	file    *os.File
	files   int // so far
	records int // in the open file
}

// ownReviews are the names that Write gives to review files.
var ownReviews = regexp.MustCompile(`^reviews_[a-z]+_[0-9]{4,}\.txt$`)

// open clears away what an earlier Write left and makes the two tables.
func (w *dataWriter) open() error {
	folder := filepath.Join(w.dir, ReviewsDir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(w.dir, TruthFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	old, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range old {
		if ownReviews.MatchString(entry.Name()) {
			if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	if w.tabular, err = createWith(filepath.Join(w.dir, TabularFile), tabularHeader); err != nil {
		return err
	}
	w.truth, err = createWith(filepath.Join(w.dir, TruthTable), truthHeader)
	return err
}

func createWith(name, head string) (*os.File, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteString(head); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (w *dataWriter) write(b *dataBlock) error {
	if _, err := w.tabular.Write(b.tabular); err != nil {
		return err
	}
	if _, err := w.truth.Write(b.truth); err != nil {
		return err
	}
	for lang := range b.reviews {
		if err := w.writeReviews(lang, &b.reviews[lang]); err != nil {
			return err
		}
	}
	w.tally.add(b)
	return nil
}

// writeReviews writes a block's records of one language, going to the next
// file of the series whenever one is full.
func (w *dataWriter) writeReviews(lang int, lines *reviewLines) error {
	s := &w.reviews[lang]
	start := 0
	for ends := lines.ends; len(ends) > 0; {
		if s.file == nil || s.records == recordsPerFile {
			if err := w.nextFile(lang); err != nil {
				return err
			}
		}
		n := min(len(ends), recordsPerFile-s.records)
		if _, err := s.file.Write(lines.text[start:ends[n-1]]); err != nil {
			return err
		}
		s.records += n
		start, ends = ends[n-1], ends[n:]
	}
	return nil
}

func (w *dataWriter) nextFile(lang int) error {
	s := &w.reviews[lang]
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	head := ""
	if w.plan.dirty > 0 && w.tally.files%filesPerMark == 0 {
		head = byteOrderMark
		w.tally.marks++
	}
	s.files++
	w.tally.files++
	s.records = 0
	name := fmt.Sprintf("reviews_%s_%04d.txt", w.plan.langs[lang], s.files)
	var err error
	s.file, err = createWith(filepath.Join(w.dir, ReviewsDir, name), head)
	return err
}

func (w *dataWriter) close() error {
	var errs []error
	files := []*os.File{w.tabular, w.truth}
	for _, s := range w.reviews {
		files = append(files, s.file)
	}
	for _, f := range files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
