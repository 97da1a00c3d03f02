package pipeline

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
)

var sentimentStep = &Step{
	ID: "sentiment", Title: "Sentiment", Version: 1, Needs: []string{"save"}, Spare: true,
	Question: "how happy are they?",
	Look:     "The histogram: a shop's reviews are rarely balanced. Do the extremes read as they score? Is one language less happy, or less understood?",
	Params: []Param{
		{Name: "engine", Kind: ChoiceParam, Default: "model", Choices: []string{"model", "vader"}, Help: "who scores"},
		{Name: "model", Kind: StringParam, Default: embedded, Help: "a directory with a sentiment or inference model in Hugging Face's layout, or embedded"},
		{Name: "mapping", Kind: ChoiceParam, Default: "continuous", Choices: []string{"continuous", "label"}, Help: "the score itself, or the lab's mapping of its label: positive 1, neutral 0, negative −1"},
		{Name: "by_language", Kind: ListParam, Help: "other engines for some languages, as en=vader,other=DIR: vader, embedded or a model directory; the rest have engine and model"},
		providerParam,
	},
	Outside: func(_ context.Context, w *Workspace) (string, error) {
		return strings.Join(sentimentPrints(w.valuesOf("sentiment")), ""), nil
	},
	Code: func(l Lab, v Values) string {
		how := "P(\"" + sentiment.DefaultPositive + "\") − P(\"" + sentiment.DefaultNegative + "\")"
		if v["engine"] == vader {
			how = "VADER compound score"
		}
		if v["by_language"] != "" {
			how = fmt.Sprintf("by language (%s), else %s", v["by_language"], how)
		}
		return fmt.Sprintf("for each distinct text of %s:\n    score = %s          mapping = %s\nMERGE %s INTO %s ON %s",
			l.Reviews, how, v["mapping"], l.Sentiment, l.Reviews, l.ID)
	},
	Checks: []Rule{
		{Name: "every sentiment is within −1 and 1", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s WHERE %[2]s < -1 OR %[2]s > 1", Ident(l.ID), Ident(l.Sentiment), Ident(l.Reviews))
		}},
		{Name: "every review has a sentiment", Query: func(l Lab) string {
			return fmt.Sprintf("SELECT %s FROM %s WHERE %s IS NULL", Ident(l.ID), Ident(l.Reviews), Ident(l.Sentiment))
		}},
	},
	Run: scoreSentiment,
}

func scoreSentiment(ctx context.Context, x *Exec) (StepFinished, error) {
	engines := &sentimentEngines{values: x.Values, phase: x.Phase, note: func(text string) { x.Log("%s", text) }, opened: map[string]sentiment.Engine{}}
	defer engines.Close()
	engine, err := engines.choose()
	if err != nil {
		return StepFinished{}, err
	}
	work := scoring{
		table: x.Lab.Reviews, text: x.Lab.Text, cache: SentimentCache,
		question: sentimentQuestion(x.Values),
		ask: func(ctx context.Context, texts iter.Seq[textmodel.Text], answer func(scored), worker func(textmodel.Worker)) error {
			return engine.Score(ctx, texts, sentiment.Run{Workers: x.workers(), OnWorker: worker, OnResult: func(r sentiment.Result) {
				answer(scored{key: r.ID, text: r.Text.Text, label: r.Label, score: r.Score, err: r.Err})
			}})
		},
		live: newTally(x, []string{sentiment.Positive, sentiment.Neutral, sentiment.Negative}, []average{
			{"MEAN", func(a scored) float64 { return a.score }}, labelShare("POSITIVE", sentiment.Positive), labelShare("NEGATIVE", sentiment.Negative)}),
	}
	if err := work.run(ctx, x); err != nil {
		return StepFinished{}, err
	}
	value := "c.SCORE"
	if x.Values["mapping"] == "label" {
		value = "CASE c.LABEL WHEN 'positive' THEN 1.0 WHEN 'negative' THEN -1.0 WHEN 'mixed' THEN 0.5 ELSE 0.0 END"
	}
	err = x.Write(ctx, "scores merged", x.Fingerprint, func(w store.Writer) error {
		_, err := w.Merge(x.Lab.Reviews, x.Lab.ID, fmt.Sprintf("SELECT r.%s, %s AS %s FROM %s r INNER JOIN %s c ON c.KEY = %s",
			Ident(x.Lab.ID), value, Ident(x.Lab.Sentiment), Ident(x.Lab.Reviews), SentimentCache, work.Key("r")))
		return err
	})
	if err != nil {
		return StepFinished{}, err
	}
	return x.describeSentiment(ctx, work)
}

// vader names the engine that needs no model.
const vader = "vader"

// sentimentQuestion names the question by all that changes its answers.
func sentimentQuestion(v Values) string {
	parts := append([]string{"sentiment", v["engine"]}, sentimentPrints(v)...)
	if v["by_language"] != "" {
		parts = append(parts, v["by_language"])
	}
	return hash(parts...)
}

// sentimentPrints identify the models that the parameters name.
func sentimentPrints(v Values) []string {
	prints := []string{modelPrint(v["model"], textmodel.Exact)}
	routes, _ := sentiment.ParseRoutes(v.List("by_language")) // opening the engines says what is wrong
	for _, r := range routes {
		if r.Engine != vader {
			prints = append(prints, modelPrint(r.Engine, textmodel.Exact))
		}
	}
	return prints
}

// sentimentEngines are the engines of a run, each opened once.
type sentimentEngines struct {
	values Values
	phase  func(string) // told what is being done
	note   func(string) // told what is not as asked
	opened map[string]sentiment.Engine
	models []*textmodel.Model
}

// choose opens what the parameters ask for.
func (e *sentimentEngines) choose() (sentiment.Engine, error) {
	routes, err := sentiment.ParseRoutes(e.values.List("by_language"))
	if err != nil {
		return nil, Hint(fmt.Errorf("read sentiment.by_language: %w", err), "Set it as in en=vader,de=DIR, or to nothing.")
	}
	name := e.values["model"]
	if e.values["engine"] == vader {
		name = vader
	}
	router := sentiment.Router{ByLanguage: map[string]sentiment.Engine{}}
	if router.Default, err = e.open(name, "Set sentiment.model to a model directory, or to embedded."); err != nil {
		return nil, err
	}
	for _, r := range routes {
		hint := fmt.Sprintf("In sentiment.by_language give %s a model directory, embedded or vader.", r.Language)
		if router.ByLanguage[r.Language], err = e.open(r.Engine, hint); err != nil {
			return nil, err
		}
	}
	if len(routes) == 0 {
		return router.Default, nil
	}
	return router, nil
}

// open gives the engine of that name: vader, or that which fits the model.
func (e *sentimentEngines) open(name, hint string) (sentiment.Engine, error) {
	if engine, ok := e.opened[name]; ok {
		return engine, nil
	}
	if name == vader {
		e.opened[name] = sentiment.NewVADER()
		return e.opened[name], nil
	}
	e.phase("opening the model")
	model, err := textmodel.Open(textSource(name), textmodel.Options{Provider: textmodel.Provider(e.values["provider"])})
	if err != nil {
		return nil, openHint(err, hint)
	}
	e.models = append(e.models, model)
	if model.Note() != "" {
		e.note(model.Note())
	}
	engine, err := sentiment.ForModel(model)
	if err != nil {
		return nil, Hint(err, hint)
	}
	e.opened[name] = engine
	return engine, nil
}

// Close frees the models.
func (e *sentimentEngines) Close() {
	for _, model := range e.models {
		model.Close()
	}
}

func (x *Exec) describeSentiment(ctx context.Context, work scoring) (StepFinished, error) {
	score, reviews := Ident(x.Lab.Sentiment), Ident(x.Lab.Reviews)
	labelled := fmt.Sprintf("%s r INNER JOIN %s c ON c.KEY = %s AND r.%s IS NOT NULL", reviews, SentimentCache, work.Key("r"), score)
	share := func(label string) string {
		return fmt.Sprintf("CASE WHEN c.LABEL = %s THEN 1.0 ELSE 0.0 END", Lit(label))
	}
	_, err := x.Show(ctx, "histogram", "Reviews by sentiment", fmt.Sprintf(
		`SELECT FLOOR(LEAST(%[1]s, 0.999) * 5) / 5 AS FROM_SCORE, COUNT(*) AS REVIEWS FROM %[2]s WHERE %[1]s IS NOT NULL GROUP BY 1 ORDER BY 1`, score, reviews))
	if err != nil {
		return StepFinished{}, err
	}
	for _, end := range []struct{ name, title, order string }{{"happiest", "Happiest", "DESC"}, {"unhappiest", "Unhappiest", "ASC"}} {
		query := fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s WHERE %[1]s IS NOT NULL ORDER BY %[1]s %[4]s, %[5]s LIMIT 5", score, Ident(x.Lab.Text), reviews, end.order, Ident(x.Lab.ID))
		if _, err := x.Show(ctx, end.name, end.title, query); err != nil {
			return StepFinished{}, err
		}
	}
	err = x.showLanguages(ctx, labelled, "r."+Ident(x.Lab.Text), []measure{
		{"MEAN", "r." + score}, {"POSITIVE", share(sentiment.Positive)}, {"NEGATIVE", share(sentiment.Negative)}})
	if err != nil {
		return StepFinished{}, err
	}
	totals, err := x.Show(ctx, "totals", "All reviews", fmt.Sprintf("SELECT AVG(r.%s) AS MEAN, AVG(%s) AS POSITIVE, AVG(%s) AS NEGATIVE FROM %s",
		score, share(sentiment.Positive), share(sentiment.Negative), labelled))
	if err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, x.Lab.Reviews, Ident(x.Lab.ID))
	out.Unit = "reviews"
	at := func(i int) float64 { v, _ := plainValue(totals[0][i]).(float64); return v }
	out.Summary = fmt.Sprintf("%s reviews scored: mean %+.2f, %s positive, %s negative.", Thousands(out.Rows), at(0), Percent(at(1)), Percent(at(2)))
	return out, err
}
