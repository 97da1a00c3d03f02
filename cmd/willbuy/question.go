package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"willbuy/pipeline/textmodel"
)

// question is all that answers rest on. Runs with equal questions may share a
// file.
type question []fact

// fact is one of them. Where its value is only a name, as of a file, Print
// tells whether what it names is the same.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Print string `json:"print,omitempty"`
}

// differs says what is otherwise in another question, or "".
func (q question) differs(other question) string {
	for i := range max(len(q), len(other)) {
		var was, is fact
		if i < len(q) {
			was = q[i]
		}
		if i < len(other) {
			is = other[i]
		}
		switch {
		case was.Name == is.Name && was.Print == is.Print && (was.Print != "" || was.Value == is.Value):
			continue
		case was.Name == is.Name && was.Value == is.Value:
			return fmt.Sprintf("%s %q has changed since", is.Name, is.Value)
		case was.Name == is.Name:
			return fmt.Sprintf("%s: %q before, %q now", is.Name, was.Value, is.Value)
		case was.Name == "":
			return fmt.Sprintf("%s: none before, %q now", is.Name, is.Value)
		}
		return fmt.Sprintf("%s: %q before, none now", was.Name, was.Value)
	}
	return ""
}

// inputFacts identify the input: files by their contents, which are read once
// for that. Stdin cannot be told before it is read; its texts are compared one
// by one.
func inputFacts(ctx context.Context, files []string, column string) (question, error) {
	facts := question{{Name: "text column", Value: column}}
	for _, file := range textFiles(files) {
		f := fact{Name: "input", Value: file}
		if file != "-" {
			sum, err := fileSum(ctx, file)
			if err != nil {
				return nil, cannotRead(file, err)
			}
			f.Print = sum
		}
		facts = append(facts, f)
	}
	return facts, nil
}

// fileSum is the SHA-256 of a file, in hex.
func fileSum(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum, block := sha256.New(), make([]byte, 1<<20)
	for {
		n, err := file.Read(block)
		sum.Write(block[:n])
		switch {
		case err == io.EOF:
			return hex.EncodeToString(sum.Sum(nil)), nil
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", ctx.Err()
		}
	}
}

// modelFact identifies what runs of a model at a precision.
func modelFact(dir string, p textmodel.Precision) (fact, error) {
	sum, err := textModel(dir).FingerprintAt(p)
	return fact{Name: "model", Value: textModel(dir).String(), Print: sum}, err
}
