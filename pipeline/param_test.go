package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValuesHaveOneNormalForm(t *testing.T) {
	tests := []struct{ setting, want string }{
		{"train.eta=0.10", "0.1"}, {"train.eta= 1e-1 ", "0.1"}, {"train.eta=.1", "0.1"}, {"train.gamma=-0", "0"},
		{"train.rounds=0050", "50"}, {"train.rounds=+50", "50"}, {"setup.rows=1_000", "1000"},
		{"quality.multi_label=1", "true"}, {"quality.multi_label=F", "false"}, {"quality.multi_label=True", "true"},
		{"quality.labels= a , b,,c ,", "a,b,c"}, {"setup.languages=", ""},
		{"train.objective=binary:logistic", "binary:logistic"},
		{"train.seed= a=b ", "a=b"}, {"TRAIN.eta=1", "1"}, {"10.eta=1", "1"},
	}
	for _, test := range tests {
		_, _, got, err := ParseSetting(test.setting)
		if err != nil || got != test.want {
			t.Errorf("%q became %q, %v; want %q", test.setting, got, err, test.want)
		}
	}
}

func TestNormalFormsStayAsTheyAre(t *testing.T) {
	for _, s := range Steps {
		for _, p := range s.Params {
			if got, err := p.Normal(p.Default); err != nil || got != p.Default {
				t.Errorf("the default %q of %s.%s became %q, %v", p.Default, s.ID, p.Name, got, err)
			}
			if p.Help == "" || strings.HasSuffix(p.Help, ".") {
				t.Errorf("%s.%s: help %q is no phrase", s.ID, p.Name, p.Help)
			}
		}
	}
}

func TestRefusalsNameTheNearest(t *testing.T) {
	tests := []struct{ setting, says string }{
		{"train.eta=2", "eta must be in 0 … 1, not 2"},
		{"train.eta=NaN", "must be a number"}, {"train.eta=inf", "must be in"}, {"train.eta=", "must be a number"}, {"train.eta=1e999", "must be a number"},
		{"train.rounds=1.5", "whole number"}, {"train.rounds=99999999999999999999", "whole number"}, {"train.rounds=0", "must be in 1 … 10000"},
		{"quality.multi_label=perhaps", "true or false"},
		{"train.objective=binary:logistics", "did you mean binary:logistic?"},
		{"trian.eta=1", "did you mean train?"}, {"train.etta=1", "did you mean eta?"},
		{"zzzzzzzz.eta=1", "the steps are setup, cluster"}, {"parse.x=1", "step parse has no parameters"},
		{"train", "step.param=value"}, {"train=1", "step.param=value"}, {"eta=1", "step.param=value"},
		{"3abc.pattern=x", `no step "3abc"`}, {"0.rows=1", "no step"}, {"16.x=1", "no step"},
		{"train.seed=\xff", "UTF-8"}, {"setup.languages=en,xx", `not "xx"`}, {"setup.languages=eb", "did you mean en?"},
	}
	for _, test := range tests {
		_, _, got, err := ParseSetting(test.setting)
		if err == nil || !strings.Contains(err.Error(), test.says) || !IsUsage(err) {
			t.Errorf("%q gave %q and the error %v; want one of usage that says %q", test.setting, got, err, test.says)
		}
	}
}

// configured writes a willbuy.toml and opens the workspace.
func configured(t *testing.T, text string) (*Workspace, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return OpenWorkspace(dir, nil)
}

func TestTheFileHoldsWhatDiffersFromTheDefaults(t *testing.T) {
	w := openLab(t, t.TempDir())
	file := filepath.Join(w.Dir, configFile)
	set(t, w, "train.eta=0.1")
	if exists(file) {
		t.Error("setting a default made a file")
	}
	hostile := "\"; DROP TABLE REVIEWS; -- $$ ''' ../ \x1b[2J \n é 日本"
	set(t, w, "train.eta=0.5", "quality.multi_label=true", "setup.rows=70", "register.comment="+hostile)
	again := openLab(t, w.Dir)
	for step, want := range map[string]map[string]string{"train": {"eta": "0.5", "rounds": "50"}, "setup": {"rows": "70"},
		"quality": {"multi_label": "true"}, "register": {"comment": hostile}} {
		for name, value := range want {
			if got := again.valuesOf(step)[name]; got != value {
				t.Errorf("%s.%s came back as %q, want %q", step, name, got, value)
			}
		}
	}
	set(t, again, "train.eta=0.1")
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "eta") {
		t.Errorf("a parameter back at its default is still in the file:\n%s", text)
	}
}

func TestAFileWrittenByHandReads(t *testing.T) {
	w, err := configured(t, `
[parameters.Train]
eta = 0.30
rounds = 20
[parameters.5]
multi_label = true
labels = ["good", "bad"]
[lab]
label = "PRODUCT_RATING"
model = "mine"
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ step, name, want string }{{"train", "eta", "0.3"}, {"train", "rounds", "20"},
		{"quality", "multi_label", "true"}, {"quality", "labels", "good,bad"}, {"register", "name", "mine"}} {
		if got := w.valuesOf(test.step)[test.name]; got != test.want {
			t.Errorf("%s.%s is %q, want %q", test.step, test.name, got, test.want)
		}
	}
	if l := w.Lab(); l.Label != "PRODUCT_RATING" || l.Model != "mine" || strings.Join(l.Labels, "|") != "good|bad" || l.ID != "UUID" {
		t.Errorf("the lab is %+v", l)
	}
}

func TestAFileWithMistakesIsRefusedByName(t *testing.T) {
	for text, says := range map[string]string{
		"[parameters.train]\neta = 7":                                           "eta must be in 0 … 1",
		"[parameters.train]\nrate = 7":                                          `no parameter "rate"`,
		"[parameters.trian]\neta = 1":                                           "did you mean train?",
		"[parameters.train]\neta = 2026-11-22":                                  "text, a number",
		"[parameters.train]\neta = 1\n[shop]\nx = 1":                            `no setting "shop"`,
		"[lab]\nlable = 'x'":                                                    `no setting "lab.lable"`,
		"[lab]\nid = 'CUSTOMER'":                                                `no column "CUSTOMER"`,
		"[lab]\nfeatures = ['PRICE']":                                           `"PRICE" is neither`,
		"[lab]\nencode = ['COLOUR']":                                            `no column "COLOUR"`,
		"[lab]\njoined = 'reviews'":                                             "a name of its own",
		"[lab]\nreviews = 'quarantine'":                                         "a name of its own",
		"[lab]\nlabels = ['a,b']":                                               "comma",
		"[lab]\ncolumns = [{name = 'UUID', type = 'TEXT'}]":                     "STRING, FLOAT",
		"[lab]\ncolumns = [{name = 'UUID', type = 'STRING'}, {name = 'PRICE'}]": "STRING, FLOAT",
		"eta = ": "expected value",
	} {
		_, err := configured(t, text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gave %v, want %q", text, err, says)
		}
	}
}
