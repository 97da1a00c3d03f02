package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"willbuy/pipeline"
	"willbuy/pipeline/hub"
	"willbuy/pipeline/textmodel"
	"willbuy/store"
)

// pullOptions are pull's flags.
type pullOptions struct {
	revision, out, precision string
	offline                  bool
}

func (c *cli) pullCommand() *cobra.Command {
	var o pullOptions
	cmd := &cobra.Command{
		Use:   "pull [NAME | OWNER/REPOSITORY]",
		Short: "fetch a model from the Hugging Face hub; without a name, list some",
		Long: `Fetches the ONNX export of a text classifier from the Hugging Face hub: configuration, tokenizer, network and, where there is one, the quantised network; nothing else of the repository. Every file is checked against the hub's hash; a fetch that broke or was stopped goes on where it was.

The files lie in Hugging Face's own cache: what Python has fetched is used, and Python finds what we fetch. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE are honoured. The model is tried at the end, and its directory printed.`,
		Example: `willbuy textmodel pull
willbuy textmodel pull bart-large-mnli
willbuy classify --model "$(willbuy textmodel pull nli-minilm2 --quiet)" --labels good,bad reviews.txt
willbuy textmodel pull Xenova/bart-large-mnli --precision int8 --out models/bart`,
		Args: between(0, 1, "name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, ok := wantedNetworks[o.precision]; !ok {
				return usagef("--precision is exact, int8 or fast, not %q", o.precision)
			}
			h, err := hub.FromEnvironment()
			if err != nil {
				return pipeline.Hint(err, "Correct the environment variable, or unset it.")
			}
			if len(args) == 0 {
				return c.listHub(h)
			}
			return c.pull(cmd.Context(), h, args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.revision, "revision", "", "branch, tag or commit; the short list's models have a pinned one, others take main")
	flags.StringVar(&o.out, "out", "", "give the model a directory of its own, outside the cache")
	flags.StringVar(&o.precision, "precision", "fast", "networks to fetch: exact, int8, or fast for both")
	flags.BoolVar(&o.offline, "offline", false, "use the cache only; the same as HF_HUB_OFFLINE=1")
	return cmd
}

// wantedNetworks are those that a precision needs.
var wantedNetworks = map[string]hub.Networks{
	"exact": {Exact: true}, "int8": {Int8: true}, "fast": {Exact: true, Int8: true},
}

// listHub prints the short list.
func (c *cli) listHub(h *hub.Hub) error {
	var rows [][]any
	for _, m := range hub.Models() {
		dir, err := h.Find(m.Repo)
		if c.json {
			if err := c.object(struct {
				hub.Model
				Dir string `json:"dir,omitempty"`
			}{m, dir}); err != nil {
				return err
			}
			continue
		}
		here := "no"
		if err == nil {
			here = "yes"
		}
		rows = append(rows, []any{m.Name, m.For, m.Size, m.Languages, m.Licence, here, m.Repo})
	}
	if c.json {
		return nil
	}
	text := func(name string) store.Column { return column(name, store.String) }
	if err := c.table([]store.Column{text("NAME"), text("FOR"), text("SIZE"), text("LANGUAGES"), text("LICENCE"), text("HERE"), text("REPOSITORY")}, rows); err != nil {
		return err
	}
	c.remark("Fetch one with: willbuy textmodel pull NAME; or any ONNX text classifier of the hub: willbuy textmodel pull OWNER/REPOSITORY")
	return nil
}

// pulled is the result of pull.
type pulled struct {
	Repo     string   `json:"repo"`
	Revision string   `json:"revision"`
	Commit   string   `json:"commit"`
	Licence  string   `json:"licence,omitempty"`
	Dir      string   `json:"dir"`
	Files    []string `json:"files"`
	Bytes    int64    `json:"bytes"`
	Fetched  int64    `json:"fetched_bytes"`
	Seconds  float64  `json:"seconds"`
}

func (c *cli) pull(ctx context.Context, h *hub.Hub, name string, o pullOptions) error {
	repo, revision, err := repository(name)
	if err != nil {
		return err
	}
	if o.revision != "" {
		revision = o.revision
	}
	h.Offline = h.Offline || o.offline
	bar := c.bar()
	h.OnNotice = func(notice string) { bar.clear(); c.remark("%s", notice) }

	p, err := h.Plan(ctx, repo, revision, wantedNetworks[o.precision])
	if err != nil {
		return pullHint(err, name, repo)
	}
	all, missing := p.Bytes()
	c.tellPlan(p, all, missing)
	began := time.Now()
	dir, err := h.Fetch(ctx, p.WithoutNetworks(), nil)
	if err == nil {
		if err := textmodel.Readable(dir); err != nil {
			return pipeline.Hint(fmt.Errorf("%s is not fetched: %w", repo, err), "Choose another model: willbuy textmodel pull lists some.")
		}
		dir, err = h.Fetch(ctx, p, bar.at)
	}
	bar.clear()
	if err != nil {
		return pullHint(err, name, repo)
	}
	if o.out != "" {
		if err := h.Copy(p, o.out); err != nil {
			return pipeline.Hint(err, "The model is in the cache, in "+dir+"; choose another folder with --out.")
		}
		dir = o.out
	}
	result := pulled{Repo: p.Repo, Revision: p.Revision, Commit: p.Commit, Licence: p.Licence, Dir: dir, Bytes: all, Fetched: missing, Seconds: time.Since(began).Seconds()}
	for _, f := range p.Files {
		result.Files = append(result.Files, f.Path)
	}
	infers, err := tryModel(dir, p.Has(false), p.Has(true))
	if err != nil {
		return pipeline.Hint(fmt.Errorf("the model is in %s, but it does not work: %w", dir, err), "Look into it with: willbuy textmodel inspect "+quoted(dir))
	}
	if c.json {
		return c.object(result)
	}
	c.line("%s", dir)
	c.tellUse(dir, infers)
	return nil
}

// repository is what a name stands for, at the commit that the short list pins.
func repository(name string) (repo, revision string, err error) {
	var names []string
	for _, m := range hub.Models() {
		if m.Name == name {
			return m.Repo, m.Revision, nil
		}
		names = append(names, m.Name)
	}
	if !strings.Contains(name, "/") {
		return "", "", pipeline.Hint(usagef("there is no model %q on the short list%s", name, meant(name, names, "")),
			"See the list with: willbuy textmodel pull; or name a repository of the hub as OWNER/REPOSITORY.")
	}
	return name, "", nil
}

// tellPlan says what is going to be fetched, and what not.
func (c *cli) tellPlan(p *hub.Plan, all, missing int64) {
	c.remark("%s at %.12s: %s, %s, %s to fetch", p.Repo, p.Commit, pipeline.Plural(int64(len(p.Files)), "file"), pipeline.Bytes(all), pipeline.Bytes(missing))
	if len(p.Left) > 0 {
		var left int64
		for _, f := range p.Left {
			left += f.Size
		}
		c.remark("left out: %s of %s that a text classifier does not need", pipeline.Plural(int64(len(p.Left)), "file"), pipeline.Bytes(left))
	}
	if p.Licence != "" {
		c.remark("licence: %s", p.Licence)
	}
}

// tryModel opens the networks, which tries them, and tells an inference model.
func tryModel(dir string, exact, quantised bool) (inference bool, err error) {
	for _, precision := range []struct {
		textmodel.Precision
		there bool
	}{{textmodel.Exact, exact}, {textmodel.Int8, quantised}} {
		if !precision.there {
			continue
		}
		m, err := textmodel.Open(textmodel.Directory(dir), textmodel.Options{Precision: precision.Precision})
		if err != nil {
			return false, err
		}
		inference = infers(m.Config())
		m.Close()
	}
	return inference, nil
}

// tellUse gives the commands that use a model.
func (c *cli) tellUse(dir string, inference bool) {
	c.remark("It works. Use it with:")
	if inference {
		c.remark("  willbuy classify --model %s --labels A,B,C FILE", quoted(dir))
		c.remark("  willbuy run --set quality.model=%s", quoted(dir))
		return
	}
	c.remark("  willbuy sentiment --model %s FILE", quoted(dir))
	c.remark("  willbuy run --set sentiment.model=%s", quoted(dir))
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%:,~") == "" && path != "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// pullHint adds what to do about a model that did not come.
func pullHint(err error, name, repo string) error {
	again := "What has come is kept, and the same command goes on from there; --offline takes what the cache has."
	for _, h := range []struct {
		is   error
		next string
	}{
		{context.Canceled, ""},
		{hub.ErrAccess, "It is not there, or private, or its terms are not accepted: look at its page on the hub, then set HF_TOKEN."},
		{hub.ErrNotFound, "Check the name and the revision; willbuy textmodel pull lists some models."},
		{hub.ErrOffline, "Fetch it once with a connection: willbuy textmodel pull " + name},
		{hub.ErrNoModel, exportHint(repo)},
		{hub.ErrSpace, "Free some space, or name a folder on another disk with HF_HOME."},
		{hub.ErrDamaged, "Try again; if it stays so, a proxy or the mirror in HF_ENDPOINT changes files on their way."},
	} {
		if errors.Is(err, h.is) {
			again = h.next
			break
		}
	}
	if again == "" {
		return err
	}
	return pipeline.Hint(err, again)
}

// exportHint says where a model that has no ONNX network can be had with one.
func exportHint(repo string) string {
	models := hub.Models()
	if i := slices.IndexFunc(models, func(m hub.Model) bool { return m.Base == repo && m.Repo != repo }); i >= 0 {
		return "Its ONNX export is " + models[i].Repo + ": willbuy textmodel pull " + models[i].Name
	}
	return "Export it with: optimum-cli export onnx --model " + repo + " DIR"
}

// modelDirectory is the directory that a word names: itself, or that of a model
// which was pulled.
func modelDirectory(word string) (string, error) {
	if info, err := os.Stat(word); err == nil && info.IsDir() {
		return word, nil
	}
	h, err := hub.FromEnvironment()
	if err != nil {
		return "", err
	}
	dir, err := h.Find(word)
	if err != nil {
		return "", notPulled(word)
	}
	return dir, nil
}

// notPulled says that a word names no model that is here.
func notPulled(word string) error {
	var names []string
	for _, m := range hub.Models() {
		names = append(names, m.Name)
		if word == m.Name || word == m.Repo {
			return pipeline.Hint(fmt.Errorf("the model %s is not here yet", word), "Fetch it with: willbuy textmodel pull "+word)
		}
	}
	return pipeline.Hint(fmt.Errorf("%s is no model directory, and no model of that name was pulled%s", word, meant(word, names, "")),
		"Get one with: willbuy textmodel pull")
}
