package textmodel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
)

// Config is the part of a model's config.json (and tokenizer_config.json) that
// decides how its inputs are cut and its outputs read.
type Config struct {
	// Type is model_type, such as "bart" or "bert".
	Type string
	// Labels are the names of the output columns, by id.
	Labels []string
	// LabelIDs are the pairs of label2id in the file's order, which decides
	// where two keys could mean the same class.
	LabelIDs []LabelID
	// MaxTokens is the longest input, special tokens included.
	MaxTokens int

	eos int64 // eos_token_id, −1 where there is none
}

// LabelID is one entry of label2id.
type LabelID struct {
	Label string
	ID    int
}

// maxConfigBytes and maxLabels bound what a config.json may ask for.
const (
	maxConfigBytes = 4 << 20
	maxLabels      = 10_000
)

// defaultMaxTokens is used where neither file gives a limit; every model of
// the BERT family takes that many.
const defaultMaxTokens = 512

func readConfig(source Source) (Config, error) {
	var c struct {
		Type      string            `json:"model_type"`
		ID2Label  map[string]string `json:"id2label"`
		Label2ID  labelIDs          `json:"label2id"`
		Positions int               `json:"max_position_embeddings"`
		EOS       *int64            `json:"eos_token_id"`
		Pad       int               `json:"pad_token_id"`
	}
	if err := readJSON(source.files, "config.json", &c); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Config{}, errors.New("config.json is missing; a Hugging Face model directory holds config.json, tokenizer.json and onnx/model.onnx")
		}
		return Config{}, err
	}
	labels, err := labelsByID(c.ID2Label)
	if err != nil {
		return Config{}, err
	}
	config := Config{Type: c.Type, Labels: labels, LabelIDs: c.Label2ID, MaxTokens: defaultMaxTokens, eos: -1}
	if config.LabelIDs == nil {
		for id, label := range labels {
			config.LabelIDs = append(config.LabelIDs, LabelID{label, id})
		}
	}
	for _, l := range config.LabelIDs {
		if l.ID < 0 || l.ID >= len(labels) {
			return Config{}, fmt.Errorf("config.json: label2id gives %q the id %d, but id2label has %d labels", l.Label, l.ID, len(labels))
		}
	}
	if c.EOS != nil {
		config.eos = *c.EOS
	}
	if c.Positions > 0 {
		config.MaxTokens = positions(c.Type, c.Positions, c.Pad)
		if config.MaxTokens < 1 {
			return Config{}, fmt.Errorf("config.json: max_position_embeddings %d leaves no positions beside pad_token_id %d", c.Positions, c.Pad)
		}
	}

	var t struct {
		Max float64 `json:"model_max_length"` // 1e30 stands for none
	}
	if err := readJSON(source.files, "tokenizer_config.json", &t); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, err
	}
	if t.Max >= 1 && (t.Max < float64(config.MaxTokens) || c.Positions == 0 && t.Max < 1e6) {
		config.MaxTokens = int(t.Max)
	}
	return config, nil
}

// positions returns how many tokens the position table serves: RoBERTa and its
// kin count positions from pad+1.
func positions(modelType string, table, pad int) int {
	switch modelType {
	case "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet":
		return table - pad - 1
	}
	return table
}

// labelsByID turns id2label, whose keys are numbers in quotes, into a list.
func labelsByID(id2label map[string]string) ([]string, error) {
	if len(id2label) == 0 {
		return nil, errors.New("config.json: no id2label, so the model's outputs have no names; take a model made for classification")
	}
	if len(id2label) > maxLabels {
		return nil, fmt.Errorf("config.json: id2label has %d labels, more than the %d that are read", len(id2label), maxLabels)
	}
	labels := make([]string, len(id2label))
	seen := make([]bool, len(id2label))
	for key, label := range id2label {
		id, err := strconv.Atoi(key)
		if err != nil || id < 0 || id >= len(labels) || seen[id] {
			return nil, fmt.Errorf("config.json: id2label has the key %q where the ids 0 to %d belong", key, len(labels)-1)
		}
		labels[id], seen[id] = label, true
	}
	return labels, nil
}

// labelIDs reads a JSON object of integers in the order of its keys.
type labelIDs []LabelID

func (l *labelIDs) UnmarshalJSON(data []byte) error {
	var byLabel map[string]int
	if err := json.Unmarshal(data, &byLabel); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if label, ok := token.(string); ok {
			*l = append(*l, LabelID{label, byLabel[label]})
		}
	}
}

// readJSON reads one of a model's small JSON files.
func readJSON(files fs.FS, name string, into any) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return err
	}
	if len(data) > maxConfigBytes {
		return fmt.Errorf("%s is larger than %d MiB, which is no configuration", name, maxConfigBytes>>20)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s is not what a model has there: %w", name, err)
	}
	return nil
}
