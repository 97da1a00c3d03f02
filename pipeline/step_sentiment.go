package pipeline

import (
	"context"
	"fmt"
	"iter"

	"willbuy/pipeline/sentiment"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
)

var sentimentStep = &Step{
	ID: "sentiment", Title: "Sentiment", Version: 1, Needs: []string{"save"},
	Question: "how happy are they?",
	Why: `Gives every review a score from −1 (unhappy) to 1 (happy).
The model is asked whether the review entails that its sentiment is positive, and whether negative; the score is the difference.

**engine** vader counts words of a list instead: fast, but English only.`,
	Look: "The histogram: a shop's reviews are rarely balanced. Do the extremes read as they score?",
	Params: []Param{
		{Name: "engine", Kind: ChoiceParam, Default: "model", Choices: []string{"model", "vader"}, Help: "who scores"},
		{Name: "model", Kind: StringParam, Default: embedded, Help: "a directory with a sentiment or inference model in Hugging Face's layout, or embedded"},
		{Name: "mapping", Kind: ChoiceParam, Default: "continuous", Choices: []string{"continuous", "label"}, Help: "the score itself, or the lab's mapping of its label: positive 1, neutral 0, negative −1"},
	},
	Outside: func(_ context.Context, w *Workspace) (string, error) {
		return modelPrint(w.valuesOf("sentiment")["model"]), nil
	},
	Code: func(l Lab, v Values) string {
		how := "P(\"" + sentiment.DefaultPositive + "\") − P(\"" + sentiment.DefaultNegative + "\")"
		if v["engine"] == "vader" {
			how = "VADER compound score"
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
	engine, closeEngine, err := sentimentEngine(x)
	if err != nil {
		return StepFinished{}, err
	}
	defer closeEngine()
	work := scoring{
		table: x.Lab.Reviews, text: x.Lab.Text, cache: SentimentCache,
		question: hash("sentiment", x.Values["engine"], modelPrint(x.Values["model"])),
		ask: func(ctx context.Context, texts iter.Seq[textmodel.Text], answer func(scored), worker func(textmodel.Worker)) error {
			return engine.Score(ctx, texts, sentiment.Run{Workers: x.workers(), OnWorker: worker, OnResult: func(r sentiment.Result) {
				answer(scored{key: r.ID, text: r.Text.Text, label: r.Label, score: r.Score, err: r.Err})
			}})
		},
		live: newTally(x, []string{sentiment.Positive, sentiment.Neutral, sentiment.Negative}),
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
	return x.describeSentiment(ctx)
}

// sentimentEngine opens what the parameters ask for.
func sentimentEngine(x *Exec) (sentiment.Engine, func() error, error) {
	if x.Values["engine"] == "vader" {
		return sentiment.NewVADER(), func() error { return nil }, nil
	}
	x.Phase("opening the model")
	model, err := openModel(x.Values["model"], "Set sentiment.model to a model directory, or to embedded.")
	if err != nil {
		return nil, nil, err
	}
	engine, err := sentiment.ForModel(model)
	if err != nil {
		model.Close()
		return nil, nil, err
	}
	return engine, model.Close, nil
}

func (x *Exec) describeSentiment(ctx context.Context) (StepFinished, error) {
	score, reviews := Ident(x.Lab.Sentiment), Ident(x.Lab.Reviews)
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
	totals, err := x.Show(ctx, "totals", "All reviews", fmt.Sprintf(
		`SELECT AVG(%[1]s) AS MEAN, AVG(CASE WHEN %[1]s > 0.33 THEN 1.0 ELSE 0.0 END) AS POSITIVE, AVG(CASE WHEN %[1]s < -0.33 THEN 1.0 ELSE 0.0 END) AS NEGATIVE FROM %[2]s`, score, reviews))
	if err != nil {
		return StepFinished{}, err
	}
	out, err := x.Made(ctx, x.Lab.Reviews, Ident(x.Lab.ID))
	out.Unit = "reviews"
	at := func(i int) float64 { v, _ := plainValue(totals[0][i]).(float64); return v }
	out.Summary = fmt.Sprintf("%s reviews scored: mean %+.2f, %s positive, %s negative.", Thousands(out.Rows), at(0), Percent(at(1)), Percent(at(2)))
	return out, err
}
