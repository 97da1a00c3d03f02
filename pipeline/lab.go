package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"willbuy/pipeline/whatif"
	"willbuy/store"
)

// Lab names what the shop's data is called. Another shop's columns are a
// matter of these values, which willbuy.toml may set under [lab].
type Lab struct {
	Tabular string         `toml:"tabular" json:"tabular"` // table of customers and page metrics
	Columns []store.Column `toml:"columns" json:"columns"` // of Tabular
	Reviews string         `toml:"reviews" json:"reviews"` // table of scored reviews
	Joined  string         `toml:"joined" json:"joined"`
	Encoded string         `toml:"encoded" json:"encoded"`

	ID        string `toml:"id" json:"id"` // joins the two tables
	Text      string `toml:"text" json:"text"`
	Quality   string `toml:"quality" json:"quality"`
	Sentiment string `toml:"sentiment" json:"sentiment"`
	Group     string `toml:"group" json:"group"`   // what the dashboard groups by
	Rating    string `toml:"rating" json:"rating"` // shown on the dashboard

	Encode   []string `toml:"encode" json:"encode"`     // text columns that get a label encoder
	Features []string `toml:"features" json:"features"` // the model's inputs, in order
	// Inputs tell how to speak of the features, and which of them a shop can move.
	Inputs []whatif.Feature `toml:"inputs" json:"inputs"`
	Label  string           `toml:"label" json:"label"`   // 0 or 1: bought
	Labels []string         `toml:"labels" json:"labels"` // quality's candidate labels, best first
	Model  string           `toml:"model" json:"model"`   // name in the registry
}

// EncodedSuffix is appended to a text column's name for its codes.
const EncodedSuffix = "_OUT"

// ExplanationSuffix is appended to a feature's name for its contribution, as
// the warehouse's explain function names it.
const ExplanationSuffix = "_EXPLANATION"

// The stage and the tables that the lab keeps for itself.
const (
	ReviewStage       = "REVIEWS"
	RecordsTable      = "REVIEW_RECORDS" // raw records as read from the stage
	FilesTable        = "REVIEW_FILES"   // the files they came from
	ParsedTable       = "PARSED_REVIEWS"
	QuarantineTable   = "QUARANTINE"
	QualityCache      = "QUALITY_CACHE" // scores by content
	QualityTable      = "REVIEW_QUALITY_SCORES"
	SentimentCache    = "SENTIMENT_CACHE"
	EncodersTable     = "ENCODERS"
	CellsTable        = "TRAINING_CELLS"
	ModelsTable       = "MODELS"
	ExplainedTable    = "EXPLAINED_CELLS" // prediction and contributions per distinct row
	PredictionsTable  = "PREDICTIONS"
	ExplanationsTable = "EXPLANATIONS"
)

// DefaultLab is the hands-on lab's own naming.
func DefaultLab() Lab {
	return Lab{
		Tabular: "TABULAR_DATA",
		Columns: []store.Column{
			{Name: "UUID", Type: store.String},
			{Name: "PRODUCT_TYPE", Type: store.String},
			{Name: "PRODUCT_LAYOUT", Type: store.String},
			{Name: "PAGE_LOAD_TIME", Type: store.Float},
			{Name: "PRODUCT_RATING", Type: store.Int},
			{Name: "PURCHASE_DECISION", Type: store.Int},
		},
		Reviews: "REVIEWS", Joined: "JOINED_DATA", Encoded: "ENCODED_DATA",
		ID: "UUID", Text: "REVIEW_TEXT", Quality: "REVIEW_QUALITY", Sentiment: "REVIEW_SENTIMENT",
		Group: "PRODUCT_TYPE", Rating: "PRODUCT_RATING",
		Encode:   []string{"REVIEW_QUALITY", "PRODUCT_LAYOUT"},
		Features: []string{"REVIEW_QUALITY_OUT", "PRODUCT_LAYOUT_OUT", "PAGE_LOAD_TIME", "REVIEW_SENTIMENT", "PRODUCT_RATING"},
		Inputs: []whatif.Feature{
			{Name: "REVIEW_QUALITY_OUT", Say: "review quality", Kind: whatif.Product},
			{Name: "PRODUCT_LAYOUT_OUT", Say: "product layout", Kind: whatif.Technical},
			{Name: "PAGE_LOAD_TIME", Say: "page load", Unit: "s", Low: "fast", High: "slow", Kind: whatif.Technical},
			{Name: "REVIEW_SENTIMENT", Say: "review sentiment", Low: "unhappy", High: "happy", Kind: whatif.Product},
			{Name: "PRODUCT_RATING", Say: "rating", Unit: "stars", Kind: whatif.Product},
		},
		Label: "PURCHASE_DECISION",
		Labels: []string{"Detailed with specific information and experience",
			"Basic accurate information", "Generic brief with no details"},
		Model: "deployed_xgb",
	}
}

// check says what is wrong with names that somebody wrote.
func (l Lab) check() error {
	columns := map[string]store.Type{}
	for _, c := range l.Columns {
		if !slices.Contains([]store.Type{store.String, store.Float, store.Int, store.Boolean, store.Instant}, c.Type) {
			return fmt.Errorf("lab.columns: the type of %q is STRING, FLOAT, INT, BOOLEAN or TIMESTAMP, not %q", c.Name, c.Type)
		}
		columns[strings.ToUpper(c.Name)] = c.Type
	}
	for what, name := range map[string]string{"id": l.ID, "label": l.Label, "group": l.Group, "rating": l.Rating} {
		if columns[strings.ToUpper(name)] == "" {
			return fmt.Errorf("lab.%s: %s has no column %q under lab.columns", what, l.Tabular, name)
		}
	}
	for _, name := range []string{l.Quality, l.Sentiment, l.Text} {
		columns[strings.ToUpper(name)] = store.String
	}
	for _, c := range l.Encode {
		if columns[strings.ToUpper(c)] == "" {
			return fmt.Errorf("lab.encode: there is no column %q", c)
		}
	}
	for _, f := range l.Features {
		if l.Source(f) == "" && columns[strings.ToUpper(f)] == "" {
			return fmt.Errorf("lab.features: %q is neither a column nor an encoded one with %s at its end", f, EncodedSuffix)
		}
	}
	for _, in := range l.Inputs {
		if in.Name == "" || in.Kind != "" && in.Kind != whatif.Technical && in.Kind != whatif.Product {
			return fmt.Errorf("lab.inputs: %q needs a name, and its kind is %s or %s, not %q", in.Name, whatif.Technical, whatif.Product, in.Kind)
		}
	}
	tables := []string{RecordsTable, FilesTable, ParsedTable, QuarantineTable, QualityCache, QualityTable, SentimentCache,
		EncodersTable, CellsTable, ModelsTable, ExplainedTable, PredictionsTable, ExplanationsTable}
	for _, name := range []string{l.Tabular, l.Reviews, l.Joined, l.Encoded} {
		if name == "" || slices.ContainsFunc(tables, func(t string) bool { return strings.EqualFold(t, name) }) {
			return fmt.Errorf("lab: a table cannot be called %q: every table needs a name of its own", name)
		}
		tables = append(tables, name)
	}
	for _, label := range l.Labels {
		if strings.TrimSpace(label) == "" || strings.Contains(label, ",") {
			return fmt.Errorf("lab.labels: %q cannot be a label: it is empty or has a comma", label)
		}
	}
	if len(l.Features) == 0 || len(l.Labels) == 0 {
		return errors.New("lab: features and labels cannot be empty")
	}
	return nil
}

// Source is the text column that an encoded feature comes from, or "" when the
// feature is a number of its own.
func (l Lab) Source(feature string) string {
	i := slices.IndexFunc(l.Encode, func(c string) bool { return c+EncodedSuffix == feature })
	if i < 0 {
		return ""
	}
	return l.Encode[i]
}

// column is one of the tabular columns with its type; a name that is none of
// them may have any.
func (l Lab) column(name string) store.Column {
	for _, c := range l.Columns {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return store.Column{Name: name, Type: store.String}
}

// Input tells how to speak of a feature: by its name alone where nobody said.
func (l Lab) Input(feature string) whatif.Feature {
	for _, in := range l.Inputs {
		if strings.EqualFold(in.Name, feature) {
			in.Name = feature
			return in
		}
	}
	return whatif.Feature{Name: feature}
}

// cacheColumns are those of the two tables that keep scores by content, so that
// no text is ever scored twice by the same model and question. A text that
// could not be scored has no LABEL, and the reason in SCORES.
var cacheColumns = []store.Column{{Name: "KEY", Type: store.String}, {Name: "LABEL", Type: store.String},
	{Name: "SCORE", Type: store.Float}, {Name: "SCORES", Type: store.String}}

// objects are the tables and the stage that setup makes.
func (l Lab) objects() []store.Object {
	text, number, count := store.String, store.Float, store.Int
	table := func(name, key string, columns ...store.Column) store.Object {
		return store.Object{Kind: store.TableKind, Name: name, Key: key, Columns: columns}
	}
	return []store.Object{
		{Kind: store.StageKind, Name: ReviewStage},
		{Kind: store.TableKind, Name: l.Tabular, Columns: l.Columns},
		table(l.Reviews, l.ID, store.Column{Name: l.ID, Type: text}, store.Column{Name: l.Text, Type: text},
			store.Column{Name: l.Quality, Type: text}, store.Column{Name: l.Sentiment, Type: number}),
		table(RecordsTable, "", store.Column{Name: "FILE", Type: text}, store.Column{Name: "LINE", Type: count},
			store.Column{Name: "LINES", Type: count}, store.Column{Name: "SIZE", Type: count},
			store.Column{Name: "UTF16", Type: store.Boolean}, store.Column{Name: "RAW", Type: store.Binary}),
		table(FilesTable, "", store.Column{Name: "FILE", Type: text}, store.Column{Name: "MD5", Type: text},
			store.Column{Name: "BYTES", Type: count}, store.Column{Name: "RECORDS", Type: count},
			store.Column{Name: "LINES", Type: count}, store.Column{Name: "BLANK", Type: count}),
		table(ParsedTable, "", store.Column{Name: "FILE", Type: text}, store.Column{Name: "LINE", Type: count},
			store.Column{Name: "LINES", Type: count}, store.Column{Name: l.ID, Type: text}, store.Column{Name: l.Text, Type: text}),
		table(QuarantineTable, "", store.Column{Name: "STEP", Type: text}, store.Column{Name: "FILE", Type: text},
			store.Column{Name: "LINE", Type: count}, store.Column{Name: "LINES", Type: count},
			store.Column{Name: "REASON", Type: text}, store.Column{Name: "RAW", Type: store.Binary}),
		table(QualityCache, "KEY", cacheColumns...),
		table(SentimentCache, "KEY", cacheColumns...),
		table(ModelsTable, "", store.Column{Name: "FINGERPRINT", Type: text}, store.Column{Name: "RUN", Type: text},
			store.Column{Name: "MODEL", Type: text}, store.Column{Name: "REPORT", Type: text}),
	}
}
