package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"syscall"
	"time"

	"willbuy/pipeline"
)

// answerFile is the --out of classify and sentiment: a file that is whole or
// not there. While the work is under way the answers are in FILE.part, a line
// of JSON each, as they come; its first line is the question. Every answer is
// written at once and synced each second, so a run that is stopped or killed
// loses those that were under way, no more, and the same command goes on with
// the rest. At the end the answers are put in the order of the texts, FILE gets
// its name, and the part goes.
//
// That FILE is the same to the byte, however often its run was stopped, rests on
// answers that depend on the text alone. They do with a quantised network, whose
// batches hold one text, and with the sample of a calibration, which is kept
// here. Float32 on the CPU was seen to give the same bits in any batch
// (bart-large and the models in testdata/tiny); ONNX Runtime promises no more
// than some 1e-5.
type answerFile struct {
	path   string
	shape  shape
	part   *os.File
	size   int64 // of the part
	synced time.Time

	at     []int64  // where the answer to the text at a place begins in the part; 0 for none
	digest []uint64 // of the texts that were answered by earlier runs, by place

	kept, failed int64             // answers that earlier runs left, and those that are errors
	probes       []json.RawMessage // that earlier runs left
	before       int64             // the part's size when it was opened
	refused      error             // the input is not that of the earlier runs
	sample       map[[sha256.Size]byte]json.RawMessage
}

// openAnswerFile begins a file of answers, or goes on with one that the same
// question began. With force what is there is replaced.
func openAnswerFile(path string, q question, s shape, force bool) (*answerFile, error) {
	f := &answerFile{path: path, shape: s, synced: time.Now(), sample: map[[sha256.Size]byte]json.RawMessage{}}
	if err := f.open(q, force); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *answerFile) open(q question, force bool) (err error) {
	_, partErr := os.Stat(f.path + partSuffix)
	if _, err := os.Stat(f.path); err == nil && partErr != nil && !force {
		return pipeline.Hint(usagef("%s is there already, and finished", f.path), "Give another name to --out, or replace it with --force.")
	}
	if f.part, err = os.OpenFile(f.path+partSuffix, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return cannotWrite(f.path, err)
	}
	if err := syscall.Flock(int(f.part.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return pipeline.Hint(fmt.Errorf("write %s: another willbuy is at it", f.path), "Wait for it to end, or give another name to --out.")
	}
	if !force {
		if err := f.load(q); err != nil {
			return err
		}
	}
	if err := f.part.Truncate(f.size); err != nil { // what is behind was torn off
		return cannotWrite(f.path, err)
	}
	if f.size == 0 {
		line, err := jsonLine(partHead{partVersion, q})
		if err != nil {
			return err
		}
		if err := f.write(line); err != nil {
			return err
		}
	}
	f.before = f.size
	return f.sync()
}

// load reads what earlier runs left, up to the first line that is not whole.
func (f *answerFile) load(q question) error {
	in := bufio.NewReaderSize(f.part, 1<<20)
	line, err := in.ReadBytes('\n')
	var head partHead
	switch {
	case errors.Is(err, io.EOF) && tornHead(line):
		return nil // killed before it began, or new
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read %s%s: %w", f.path, partSuffix, cause(err))
	case err != nil || json.Unmarshal(line, &head) != nil || head.Willbuy != partVersion:
		return pipeline.Hint(usagef("%s%s is not the unfinished work of this willbuy", f.path, partSuffix), "Give another name to --out, or replace it with --force.")
	}
	if differs := head.Question.differs(q); differs != "" {
		return pipeline.Hint(usagef("%s%s holds the answers to another question: %s", f.path, partSuffix, differs),
			"Ask the same as before to go on, give another name to --out, or begin anew with --force.")
	}
	f.size = int64(len(line))
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s%s: %w", f.path, partSuffix, cause(err))
		}
		var l partLine
		digest, ok := uint64(0), false
		if err == nil && json.Unmarshal(line, &l) == nil && l.Place >= 0 && l.Place <= len(f.at)+maxWeight/textWeight {
			digest, ok = readDigest(l.Text)
		}
		if !ok {
			return nil
		}
		f.note(l.Place, digest)
		f.keep(l.Answer, l.Probe)
		f.size += int64(len(line))
	}
}

// note remembers that the answer to a text will begin where the part ends.
func (f *answerFile) note(place int, digest uint64) {
	for len(f.at) <= place {
		f.at, f.digest = append(f.at, 0), append(f.digest, 0)
	}
	f.at[place], f.digest[place] = f.size, digest
}

// keep counts an answer of an earlier run.
func (f *answerFile) keep(answer, probe json.RawMessage) {
	f.kept++
	var failed failedText
	if json.Unmarshal(answer, &failed) == nil && failed.Error != "" {
		f.failed++
	}
	if probe != nil {
		f.probes = append(f.probes, probe)
		f.remember(answer)
	}
}

// remember keeps the answer to a text of a calibration's sample. Such a text may
// have got the exact model's scores where others like it get the quick one's;
// where it comes again it shall have the same, however long ago that was and
// whoever was killed since.
func (f *answerFile) remember(answer json.RawMessage) {
	var known classified
	if json.Unmarshal(answer, &known) == nil {
		f.sample[sha256.Sum256([]byte(known.Sequence))] = answer
	}
}

// known finds the answer that an earlier run left, if the text is the same, and
// that to a text of the sample.
func (f *answerFile) known(place int, t text) (have bool, answer any, err error) {
	if place < len(f.at) && f.at[place] > 0 {
		if f.digest[place] != digestOf(t) {
			return false, nil, f.otherInput("text %s is not the one that was answered", counted(int64(place+1)))
		}
		return true, nil, nil
	}
	sampled, ok := f.sample[sha256.Sum256([]byte(t.text))]
	if !ok || t.err != nil {
		return false, nil, nil
	}
	var again classified
	if err := json.Unmarshal(sampled, &again); err != nil {
		return false, nil, err
	}
	again.ID = t.id
	return false, again, nil
}

// otherInput is the error of an input that is not that of the earlier runs. What
// this run wrote before it was noticed is taken back.
func (f *answerFile) otherInput(format string, args ...any) error {
	if err := f.part.Truncate(f.before); err != nil {
		return cannotWrite(f.path, err)
	}
	f.refused = pipeline.Hint(usagef("%s%s holds the answers to another input: %s", f.path, partSuffix, fmt.Sprintf(format, args...)),
		"Give the same input as before to go on, give another name to --out, or begin anew with --force.")
	return f.refused
}

func (f *answerFile) put(place int, t text, answer, probe any) error {
	if f.refused != nil {
		return f.refused
	}
	l := partLine{Place: place, Text: hex.EncodeToString(binary.BigEndian.AppendUint64(nil, digestOf(t)))}
	var err error
	if l.Answer, err = jsonText(answer); err != nil {
		return err
	}
	if probe != nil {
		if l.Probe, err = jsonText(probe); err != nil {
			return err
		}
		f.remember(l.Answer)
	}
	line, err := jsonLine(l)
	if err != nil {
		return err
	}
	f.note(place, 0)
	if err := f.write(line); err != nil {
		return err
	}
	if time.Since(f.synced) < time.Second {
		return nil
	}
	return f.sync()
}

func (f *answerFile) weight() int { return 0 }

func (f *answerFile) write(line []byte) error {
	n, err := f.part.WriteAt(line, f.size)
	f.size += int64(n)
	if err != nil {
		return cannotWrite(f.path+partSuffix, err)
	}
	return nil
}

func (f *answerFile) sync() error {
	f.synced = time.Now()
	if err := f.part.Sync(); err != nil {
		return cannotWrite(f.path+partSuffix, err)
	}
	return nil
}

// close lets go of the part, which stays.
func (f *answerFile) close() error {
	if f.part == nil {
		return nil
	}
	return f.part.Close()
}

// end makes the file from the part.
func (f *answerFile) end(ctx context.Context, texts int) error {
	if texts < len(f.at) {
		return f.otherInput("it has %s where there were at least %s", pipeline.Plural(int64(texts), "text"), counted(int64(len(f.at))))
	}
	if err := f.sync(); err != nil {
		return err
	}
	whole := f.path + ".new"
	err := f.shape.write(ctx, whole, f.answers(ctx))
	if err == nil {
		err = syncFile(whole)
	}
	if err == nil {
		err = os.Rename(whole, f.path)
	}
	if err != nil {
		return errors.Join(cannotWrite(f.path, err), remove(whole))
	}
	return remove(f.path + partSuffix)
}

// answers gives the answers in the order of the texts.
func (f *answerFile) answers(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		line := make([]byte, 4096)
		for _, at := range f.at {
			var l partLine
			err := ctx.Err()
			if err == nil {
				if line, err = lineAt(f.part, at, line); err == nil {
					err = json.Unmarshal(line, &l)
				}
				if err != nil {
					err = fmt.Errorf("read %s%s: %w", f.path, partSuffix, err)
				}
			}
			if !yield(l.Answer, err) || err != nil {
				return
			}
		}
	}
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(path, err)
	}
	return nil
}
