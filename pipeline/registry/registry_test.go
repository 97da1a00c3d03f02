package registry

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var sample = Version{
	Name:           "deployed_xgb",
	Created:        time.Date(2026, 11, 22, 0, 33, 1, 0, time.UTC),
	Run:            "20261122T003301Z-ab12",
	Parameters:     map[string]string{"eta": "0.1", "max_depth": "8"},
	Metrics:        map[string]float64{"auc": 0.8125, "logloss": 0.4},
	Features:       []string{"PAGE_LOAD_TIME", "PRODUCT_RATING"},
	Label:          "PURCHASE_DECISION",
	SampleInput:    []map[string]any{{"PAGE_LOAD_TIME": 2.5, "PRODUCT_RATING": nil}},
	TrainRows:      1600,
	ValidationRows: 400,
	Explainable:    true,
	Comment:        "first try",
}

func put(t *testing.T, r *Registry, model string) Version {
	t.Helper()
	v, err := r.Put(sample, []byte(model))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPutIsRead(t *testing.T) {
	r := Open(filepath.Join(t.TempDir(), "models"))
	put(t, r, "{1}")
	stored := put(t, r, "{2}")
	must(t, r.SetAlias("deployed_xgb", "production", "V2"))
	must(t, r.SetAlias("deployed_xgb", "champion-1", "V2"))
	must(t, r.SetTag("deployed_xgb@V2", "owner", "lab"))
	must(t, r.SetTag("deployed_xgb@V2", "gone", "x"))
	must(t, r.SetTag("deployed_xgb@V2", "gone", ""))

	want := stored
	want.Aliases = []string{"champion-1", "production"}
	want.Tags = map[string]string{"owner": "lab"}
	for _, ref := range []string{"deployed_xgb@production", "deployed_xgb@V2"} {
		v, model, err := r.Read(ref)
		must(t, err)
		if string(model) != "{2}" || !reflect.DeepEqual(v, want) {
			t.Errorf("%s: model %q\n got %+v\nwant %+v", ref, model, v, want)
		}
	}
	if want.Version != "V2" || want.Size != 3 || want.Run != sample.Run || want.SHA256 != "f5e1420e13fd6cca6b2b875d53d06576439e4afec75fcc4a98d7b3b69b10b17e" {
		t.Errorf("stored %+v", want)
	}
	if names, err := r.Names(); err != nil || fmt.Sprint(names) != "[deployed_xgb]" {
		t.Errorf("names %v, %v", names, err)
	}
}

func TestVersionNumbersAreNotGivenAgain(t *testing.T) {
	r := Open(t.TempDir())
	for range 11 {
		put(t, r, "{}")
	}
	must(t, r.Remove("deployed_xgb@V11"))
	must(t, r.Remove("deployed_xgb@V3"))
	if v := put(t, r, "{}"); v.Version != "V12" {
		t.Errorf("after V11 was removed comes %s", v.Version)
	}
	versions, err := r.List("deployed_xgb")
	must(t, err)
	var got []string
	for _, v := range versions {
		got = append(got, v.Version)
	}
	if want := "[V1 V2 V4 V5 V6 V7 V8 V9 V10 V12]"; fmt.Sprint(got) != want {
		t.Errorf("versions %v, want %s", got, want)
	}
}

func TestAliasKeepsItsVersion(t *testing.T) {
	r := Open(t.TempDir())
	put(t, r, "{}")
	must(t, r.SetAlias("deployed_xgb", "production", "V1"))
	err := r.Remove("deployed_xgb@production")
	if err == nil || !strings.Contains(err.Error(), "alias production points to it") {
		t.Errorf("remove: %v", err)
	}
	must(t, r.SetAlias("deployed_xgb", "production", ""))
	must(t, r.Remove("deployed_xgb@V1"))
	if err := r.SetAlias("deployed_xgb", "production", "V1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an alias was set to a removed version: %v", err)
	}
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	dir := t.TempDir()
	r := Open(dir)
	put(t, r, "{}")
	_, errVersion := r.Get("deployed_xgb@V2")
	_, errAlias := r.Get("deployed_xgb@production")
	_, errModel := r.Get("other@V1")
	for _, err := range []error{errVersion, errAlias, errModel, r.SetTag("other@V1", "a", "b"), r.Remove("other@V1"),
		r.SetAlias("other", "production", "V1"), r.SetAlias("deployed_xgb", "production", ""), r.Export("other@V1", filepath.Join(dir, "f"))} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	if versions, err := r.List("other"); err != nil || versions != nil {
		t.Errorf("versions of an unknown model: %v, %v", versions, err)
	}
	if names, _ := r.Names(); len(names) != 1 {
		t.Errorf("looking for a model made one: %v", names)
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	dir := t.TempDir()
	r := Open(filepath.Join(dir, "models"))
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, ".hidden", "a b", "x\n", strings.Repeat("x", 65), `"; DROP`} {
		v := sample
		v.Name = name
		_, errPut := r.Put(v, nil)
		_, errGet := r.Get(name + "@V1")
		_, errList := r.List(name)
		_, errImport := r.Import(name, "f")
		for _, err := range []error{errPut, errGet, errList, errImport, r.SetAlias(name, "a", "V1")} {
			if err == nil || !strings.Contains(err.Error(), "is no model name") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	put(t, r, "{}")
	for _, alias := range []string{"", "Production", "a/b", "..", "V1", "é"} {
		if err := r.SetAlias("deployed_xgb", alias, "V1"); err == nil {
			t.Errorf("alias %q was taken", alias)
		}
	}
	for _, version := range []string{"V0", "v1", "V01", "1", "../V1"} {
		if err := r.SetAlias("deployed_xgb", "a", version); err == nil {
			t.Errorf("version %q was taken", version)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("something was written outside: %v", entries)
	}
}

func TestDamageIsNamed(t *testing.T) {
	dir := t.TempDir()
	r := Open(dir)
	for range 3 {
		put(t, r, "{}")
	}
	model := filepath.Join(dir, "deployed_xgb")
	must(t, os.WriteFile(filepath.Join(model, "V1", metaFile), []byte(`{"name":`), 0o644))
	must(t, os.WriteFile(filepath.Join(model, "V2", modelFile), []byte("{x}"), 0o644))

	if _, err := r.Get("deployed_xgb@V1"); err == nil || !strings.Contains(err.Error(), "model deployed_xgb@V1: its metadata") {
		t.Errorf("broken metadata: %v", err)
	}
	if _, _, err := r.Read("deployed_xgb@V2"); err == nil || !strings.Contains(err.Error(), "SHA-256 differs") {
		t.Errorf("changed model: %v", err)
	}
	versions, err := r.List("deployed_xgb")
	if len(versions) != 2 || err == nil || !strings.Contains(err.Error(), "deployed_xgb@V1") {
		t.Errorf("list beside a broken version: %d versions, %v", len(versions), err)
	}
	for _, text := range []string{"", "null", "[]", `{"production":"../V1"}`} {
		must(t, os.WriteFile(filepath.Join(model, aliasFile), []byte(text), 0o644))
		if _, err := r.Get("deployed_xgb@production"); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("aliases %q: %v", text, err)
		}
		if _, err := r.Get("deployed_xgb@V3"); err != nil {
			t.Errorf("V3 beside aliases %q: %v", text, err)
		}
	}
}

func TestPutRefusesNumbersThatJSONLacks(t *testing.T) {
	v := sample
	v.Metrics = map[string]float64{"auc": math.NaN()}
	if _, err := Open(t.TempDir()).Put(v, nil); err == nil || !strings.Contains(err.Error(), "metric auc is NaN") {
		t.Errorf("got %v", err)
	}
}

func TestCrashLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	r := Open(dir)
	put(t, r, "{}")
	half := filepath.Join(dir, "deployed_xgb", tempPrefix+"123")
	must(t, os.Mkdir(half, 0o755))
	must(t, os.WriteFile(filepath.Join(half, modelFile), []byte("{"), 0o644))
	if versions, err := r.List("deployed_xgb"); err != nil || len(versions) != 1 {
		t.Errorf("beside a half version: %v, %v", versions, err)
	}
	if v := put(t, r, "{}"); v.Version != "V2" {
		t.Errorf("the next version is %s", v.Version)
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("the half version is still there: %v", err)
	}
}

func TestReadersSeeWholeVersions(t *testing.T) {
	dir := t.TempDir()
	put(t, Open(dir), "{}")
	must(t, Open(dir).SetAlias("deployed_xgb", "production", "V1"))
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 3 {
		writers.Go(func() {
			r := Open(dir)
			for i := range 8 {
				v, err := r.Put(sample, bytes.Repeat([]byte{byte('a' + w)}, 10_000*i))
				if err != nil {
					t.Error(err)
					return
				}
				if err := r.SetAlias(v.Name, "production", v.Version); err != nil {
					t.Error(err)
				}
				if i%2 == 0 { // another writer's alias may have moved there or not
					r.Remove(v.Name + "@" + v.Version)
				}
			}
		})
	}
	readers.Go(func() {
		r := Open(dir)
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := r.List("deployed_xgb"); err != nil {
				t.Error(err)
			}
			if _, _, err := r.Read("deployed_xgb@production"); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	close(done)
	readers.Wait()
	if v := put(t, Open(dir), "{}"); v.Version != "V26" {
		t.Errorf("after 25 versions comes %s: numbers were lost or given twice", v.Version)
	}
}

func TestDiffShowsWhatChanged(t *testing.T) {
	a, b := sample, sample
	b.Parameters = map[string]string{"eta": "0.3", "max_depth": "8", "gamma": "1"}
	b.Metrics = map[string]float64{"auc": 0.825}
	b.Features = []string{"PRODUCT_RATING"}
	a.Encoders = map[string][]string{"PRODUCT_LAYOUT_OUT": {"One", "Two"}}
	b.Encoders = map[string][]string{"PRODUCT_LAYOUT_OUT": {"One", "Three", "Two"}}
	want := []Change{
		{"parameter", "eta", "0.1", "0.3"},
		{"parameter", "gamma", "", "1"},
		{"metric", "auc", "0.8125", "0.825"},
		{"metric", "logloss", "0.4", ""},
		{"features", "", "PAGE_LOAD_TIME, PRODUCT_RATING", "PRODUCT_RATING"},
		{"encoder", "PRODUCT_LAYOUT_OUT", "One, Two", "One, Three, Two"},
	}
	if got := Diff(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Diff(a, a); got != nil {
		t.Errorf("a version differs from itself: %v", got)
	}
	if got := Diff(sample, Version{Parameters: sample.Parameters, Metrics: sample.Metrics, Features: sample.Features, Label: sample.Label,
		Encoders: b.Encoders}); got != nil {
		t.Errorf("encoders that nobody kept differ: %v", got)
	}
}

func TestExportedModelsAreImported(t *testing.T) {
	dir := t.TempDir()
	r := Open(filepath.Join(dir, "models"))
	put(t, r, "{tree}")
	must(t, r.SetAlias("deployed_xgb", "production", "V1"))
	file := filepath.Join(dir, "model.zip")
	must(t, r.Export("deployed_xgb@production", file))
	imported, err := r.Import("elsewhere", file)
	must(t, err)
	v, model, err := r.Read("elsewhere@V1")
	must(t, err)
	if string(model) != "{tree}" || !reflect.DeepEqual(v, imported) || v.Aliases != nil || v.Run != sample.Run || !v.Created.Equal(sample.Created) {
		t.Errorf("imported %q %+v", model, v)
	}
	must(t, os.WriteFile(file, []byte("no zip"), 0o644))
	if _, err := r.Import("elsewhere", file); err == nil || !strings.Contains(err.Error(), "it takes files that export wrote") {
		t.Errorf("import of something else: %v", err)
	}
}

// FuzzUnpack feeds Import's reader with foreign bytes.
func FuzzUnpack(f *testing.F) {
	dir := f.TempDir()
	r := Open(dir)
	if _, err := r.Put(sample, []byte("{tree}")); err != nil {
		f.Fatal(err)
	}
	file := filepath.Join(dir, "model.zip")
	if err := r.Export("deployed_xgb@V1", file); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, _, err := unpack(b)
		if err == nil && checkName(v.Name) != nil {
			t.Errorf("took %+v", v)
		}
	})
}
