package gbtree

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestBrokenModelFilesAreSentences(t *testing.T) {
	swap := func(old, new string) string {
		out := strings.Replace(stump, old, new, 1)
		if out == stump {
			t.Fatalf("%q is not in the file", old)
		}
		return out
	}
	for _, q := range []struct{ what, text, says string }{
		{"empty", "", "the file ends"},
		{"not JSON", "XGBoost", "neither JSON nor UBJ"},
		{"a dump as text", "booster[0]:\n0:leaf=1\n", "dump as text"},
		{"another JSON", "{}", "no \"learner\""},
		{"truncated", stump[:700], "ends"},
		{"text after the model", stump + "x", "after the end"},
		{"a cycle", swap(`"left_children":[1,-1,-1]`, `"left_children":[1,0,-1]`), "child"},
		{"a child twice", swap(`"right_children":[2,-1,-1]`, `"right_children":[1,-1,-1]`), "child of 0 and of 0"},
		{"a child beyond", swap(`"left_children":[1,`, `"left_children":[2000000000,`), "2000000000"},
		{"half a leaf", swap(`"left_children":[1,-1,-1]`, `"left_children":[-1,-1,-1]`), "child -1"},
		{"missing nodes", swap(`"split_indices":[1,0,0]`, `"split_indices":[1,0]`), "split_indices 2"},
		{"no nodes", swap(`"trees":[{`, `"trees":[{},{`), "tree 0: it has no nodes"},
		{"NaN leaf", swap(`"split_conditions":[2E0,-1.20000005E-1`, `"split_conditions":[2E0,NaN`), "NaN"},
		{"NaN condition", swap(`"split_conditions":[2E0`, `"split_conditions":[NaN`), "NaN"},
		{"infinite leaf", swap(`-1.20000005E-1,2.857143E-1],"split_indices"`, `Infinity,0E0],"split_indices"`), "Inf"},
		{"feature beyond", swap(`"split_indices":[1,`, `"split_indices":[2,`), "feature 2 of 2"},
		{"feature below", swap(`"split_indices":[1,`, `"split_indices":[-1,`), "feature -1"},
		{"huge feature count", strings.Replace(swap(`"num_feature":"2","num_target"`, `"num_feature":"2000000000","num_target"`),
			`["a","b"]`, `[]`, 1), "num_feature is 2000000000"},
		{"wrong feature count", swap(`"num_feature":"2","num_target"`, `"num_feature":"3","num_target"`), "2 features have names"},
		{"a name twice", swap(`["a","b"]`, `["a","a"]`), "two features"},
		{"base_score", swap(`[2.5E-1]`, `[nope]`), "base_score"},
		{"base_score outside", swap(`[2.5E-1]`, `[2.5E1]`), "base_score 25"},
		{"several outputs", swap(`[2.5E-1]`, `[1E-1,2E-1]`), "2 entries for 1 output"},
		{"classes", swap(`"num_class":"0"`, `"num_class":"3"`), "num_class is 3"},
		{"no classes", swap(`binary:logistic`, `multi:softprob`), "num_class is 0"},
		{"huge class count", strings.Replace(swap(`"num_class":"0"`, `"num_class":"2000000000"`), `binary:logistic`, `multi:softprob`, 1), "2000000000 outputs"},
		{"huge forest", swap(`"num_parallel_tree":"1"`, `"num_parallel_tree":"2000000000"`), "rounds of 2000000000"},
		{"negative count", swap(`"num_trees":"1"`, `"num_trees":"-1"`), `num_trees "-1"`},
		{"another count of trees", swap(`"num_trees":"1"`, `"num_trees":"2"`), "num_trees is 2"},
		{"an output beyond", swap(`"tree_info":[0]`, `"tree_info":[1]`), "output 1 of 1"},
		{"an infinite dart", swap(`"tree_info":[0]`, `"tree_info":[0],"weight_drop":[Infinity]`), "weight"},
		{"too few weights", swap(`"tree_info":[0]`, `"tree_info":[0],"weight_drop":[]`), "weight_drop has 0"},
		{"objective", swap(`binary:logistic`, `rank:pairwiser`), "rank:pairwiser"},
		{"booster", swap(`"name":"gbtree"`, `"name":"gblinear"`), "gblinear"},
		{"vector leaves", swap(`"size_leaf_vector":"1"`, `"size_leaf_vector":"2"`), "multi_output_tree"},
		{"not UTF-8", swap(`["a","b"]`, "[\"a\xff\",\"b\"]"), "UTF-8"},
		{"no escape", swap(`["a","b"]`, `["\a","b"]`), "escape"},
		{"categories", swap(`"split_type":[0,`, `"split_type":[1,`), "categories"},
		{"a number of strings", swap(`"left_children":[1,`, `"left_children":["1",`), "no number"},
		{"deep nesting", strings.Repeat(`{"x":`, 100_000), "deep"},
		{"deep lists", `{"x":` + strings.Repeat(`[`, 100_000), "deep"},
	} {
		m, err := Read([]byte(q.text))
		if err == nil {
			t.Errorf("%s: read as %v", q.what, m)
		} else if !strings.Contains(err.Error(), q.says) || !strings.HasPrefix(err.Error(), "read an XGBoost model: ") {
			t.Errorf("%s: %q does not say %q", q.what, err, q.says)
		}
	}
}

func TestBrokenDumpsAreSentences(t *testing.T) {
	const good = `[{"nodeid":0,"depth":0,"split":"f0","split_condition":1.5,"yes":1,"no":2,"missing":1,` +
		`"children":[{"nodeid":1,"leaf":0.1},{"nodeid":2,"leaf":-0.2}]}]`
	m, err := ReadDump([]byte(good), nil)
	if err != nil || m.Margin([]float32{1}) != 0.1 || m.Margin([]float32{2}) != -0.2 || m.Margin([]float32{float32(math.NaN())}) != 0.1 {
		t.Fatalf("a good dump: %v, %v", m, err)
	}
	for _, q := range []struct{ old, new, says string }{
		{`"missing":1`, `"missing":7`, "missing values"},
		{`"nodeid":2`, `"nodeid":1`, "the id 1"},
		{`"nodeid":2`, `"nodeid":2000000000`, "the child 3"},
		{`,"leaf":-0.2`, ``, "neither"},
		{`1.5`, `[0,1]`, "categories"},
		{`"no":2`, `"no":0`, "child 0"},
		{`]}]`, ``, "ends"},
	} {
		_, err := ReadDump([]byte(strings.Replace(good, q.old, q.new, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), q.says) {
			t.Errorf("%s → %s: %v does not say %q", q.old, q.new, err, q.says)
		}
	}
	if _, err := ReadDump([]byte(good), []string{"a", "b"}); err != nil {
		t.Errorf("f0 stands for the first of two names, but: %v", err)
	}
	if _, err := ReadDump([]byte(strings.Replace(good, "f0", "f2", 1)), []string{"a", "b"}); err == nil {
		t.Error("f2 of two features was taken")
	}
}

// smallModels are good files to break: one output and three, a forest, dart.
func smallModels(t testing.TB) (files [][]byte) {
	t.Helper()
	for _, s := range readSavedModels(t) {
		for _, c := range s.Cases {
			switch {
			case s.Version == "3.4.1" && (c.Name == "unnamed" || c.Name == "logistic"), s.Version == "2.1.4" && c.Name == "class_dart":
				files = append(files, []byte(c.JSON), c.UBJ)
			}
			if c.Dump != "" && s.Version == "3.4.1" {
				files = append(files, []byte(c.Dump))
			}
		}
	}
	return files
}

// taken reads a file that may be broken and uses what came of it; a panic fails
// the test with what was done to the file.
func taken(t *testing.T, file []byte, what func() string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: panic: %v", what(), p)
		}
	}()
	m, err := Read(file)
	if err != nil {
		return
	}
	margins := make([]float32, m.Outputs())
	m.Margins(make([]float32, len(m.Features)), margins)
	m.Predictions(margins, make([]float32, m.Width()))
}

func TestTruncatedAndOverwrittenFilesNeverPanic(t *testing.T) {
	lengths := [][]byte{
		binary.BigEndian.AppendUint64([]byte{'L'}, 1<<62), binary.BigEndian.AppendUint64([]byte{'L'}, math.MaxUint64),
		binary.BigEndian.AppendUint64([]byte{'L'}, 1<<31), binary.BigEndian.AppendUint64([]byte{'L'}, 0),
		[]byte("l\x7f\xff\xff\xff"), []byte("$T#"), []byte("NaN"), []byte("-1,"), []byte("null"), []byte("\xff\xfe"), []byte("[{"), []byte("}]"),
	}
	for f, file := range smallModels(t) {
		step := max(1, len(file)/300)
		for at := 0; at < len(file); at += step {
			taken(t, file[:at], func() string { return fmt.Sprintf("file %d, its first %d bytes", f, at) })
			for _, b := range []byte{0, 0xff, '"', '[', '}', '9', '-', file[at] + 1} {
				broken := bytes.Clone(file)
				broken[at] = b
				taken(t, broken, func() string { return fmt.Sprintf("file %d, byte %d is %q", f, at, b) })
			}
			if at%4 > 0 {
				continue
			}
			for _, l := range lengths {
				broken := bytes.Clone(file)
				copy(broken[at:], l)
				taken(t, broken, func() string { return fmt.Sprintf("file %d, %q at byte %d", f, l, at) })
			}
		}
	}
}

func TestWrongValuesNeverPanic(t *testing.T) {
	number, value := regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?(E-?[0-9]+)?`), regexp.MustCompile(`"\w+":("[^"]*"|\[[^]{]*\])`)
	for f, file := range smallModels(t) {
		if file[0] != '{' || file[1] == 'L' {
			continue
		}
		for i, at := range number.FindAllIndex(file, -1) {
			if i > 400 {
				break
			}
			for _, n := range []string{"-1", "-2147483648", "4294967296", "1E99", "NaN", "-Infinity", "null", `"1"`, "[1]", "{}"} {
				broken := fmt.Appendf(nil, "%s%s%s", file[:at[0]], n, file[at[1]:])
				taken(t, broken, func() string { return fmt.Sprintf("file %d, %s at byte %d", f, n, at[0]) })
			}
		}
		for i, at := range value.FindAllIndex(file, -1) {
			if i > 100 {
				break
			}
			member := file[at[0]:at[1]]
			key := member[:bytes.IndexByte(member, ':')+1]
			for _, v := range []string{"null", "{}", "[]", `"x"`, "1", `["x"]`, "[[1]]", "[{}]"} {
				broken := fmt.Appendf(nil, "%s%s%s%s", file[:at[0]], key, v, file[at[1]:])
				taken(t, broken, func() string { return fmt.Sprintf("file %d, %s%s", f, key, v) })
			}
			twice := fmt.Appendf(nil, "%s%s,%s%s", file[:at[0]], member, member, file[at[1]:])
			if _, err := Read(twice); err != nil {
				t.Errorf("file %d with %s twice, which counts once: %v", f, key, err)
			}
		}
	}
}

// TestAHostileFileCostsNoMoreThanTenTimesItsSize counts all that is allocated
// while a file is read, garbage too.
func TestAHostileFileCostsNoMoreThanTenTimesItsSize(t *testing.T) {
	const size, constant = 1 << 20, 512 << 10 // bytes
	fill := func(before, repeated, after string) string {
		return before + strings.Repeat(repeated, (size-len(before)-len(after))/len(repeated)) + after
	}
	inTree := func(before, repeated, after string) string {
		return fill(`{"learner":{"gradient_booster":{"model":{"trees":[{`+before, repeated, after+`}]}}}}`)
	}
	names := func(between string) string {
		var all strings.Builder
		for i := 0; all.Len() < size; i++ {
			fmt.Fprintf(&all, between, fmt.Sprintf("%x", i))
		}
		return all.String()
	}
	tree := stump[strings.Index(stump, `{"base_weights"`):strings.Index(stump, `]},"name":"gbtree"`)]
	lonely := `{"left_children":[-1],"right_children":[-1],"split_indices":[0],"split_conditions":[1],"default_left":[0],"loss_changes":[0],"sum_hessian":[0],"base_weights":[1]}`
	key := func(name string) string { return "i" + string(rune(len(name))) + name }
	count := func(n int) string { return "#" + string(binary.BigEndian.AppendUint64([]byte{'L'}, uint64(n))) }
	ubjTree := func(content string) string {
		return "{" + key("learner") + "{" + key("gradient_booster") + "{" + key("model") + "{" + key("trees") + "[#i\x01{" + content
	}
	for _, q := range []struct{ what, file string }{
		{"left children", inTree(`"left_children":[1`, ",1", "]")},
		{"left children over and over", inTree(`"x":0`, `,"left_children":[1,1,1,1,1,1,1,1]`, "")},
		{"one left child over and over", inTree(`"x":0`, `,"left_children":[1]`, "")},
		{"floats", inTree(`"loss_changes":[0`, ",0", "]")},
		{"keys", fill(`{"a":0`, `,"ab":0`, "}")},
		{"escaped keys", fill(`{"a":0`, `,"\n":0`, "}")},
		{"escapes of four digits", fill(`{"learner":{"objective":{"name":"`, `\u00e4`, `"}}}`)},
		{"attributes", fill(`{"learner":{"attributes":{"a":""`, `,"a":""`, "}}}")},
		{"distinct attributes", `{"learner":{"attributes":{` + names(`"%s":"",`) + `"a":""}}}`},
		{"names", fill(`{"learner":{"feature_names":["a"`, `,"a"`, "]}}")},
		{"distinct names", `{"learner":{"feature_names":[` + names(`"%s",`) + `"xyz"]}}`},
		{"quotes for names", fill(`{"learner":{"feature_names":[`, `"`, "]}}")},
		{"escaped names", fill(`{"learner":{"feature_names":["a"`, `,"\n"`, "]}}")},
		{"base scores", fill(`{"learner":{"learner_model_param":{"base_score":"[0`, ",0", `]"}}}`)},
		{"commas for base scores", fill(`{"learner":{"learner_model_param":{"base_score":"[0`, ",", `]"}}}`)},
		{"a long objective", fill(`{"learner":{"objective":{"name":"`, "x", `"}}}`)},
		{"trees", fill(`{"learner":{"gradient_booster":{"model":{"trees":[`+tree, ","+tree, "]}}}}")},
		{"trees of a leaf", fill(`{"learner":{"gradient_booster":{"model":{"gbtree_model_param":{"num_trees":"2000000000"},"trees":[`+lonely, ","+lonely, "]}}}}")},
		{"uncounted trees of a leaf", fill(`{"learner":{"gradient_booster":{"model":{"trees":[`+lonely, ","+lonely, "]}}}}")},
		{"features without names", fill(strings.Replace(strings.Replace(stump, `["a","b"]`, `[]`, 1), `"num_feature":"2","num_target"`, `"num_feature":"250000","num_target"`, 1), " ", "")},
		{"outputs", fill(strings.NewReplacer(`[2.5E-1]`, "2.5E-1", `"num_class":"0"`, `"num_class":"1000000"`, `binary:logistic`, `multi:softprob`).Replace(stump), " ", "")},
		{"deep objects", fill("", `{"a":`, "")},
		{"deep lists", fill(`{"a":`, "[", "")},
		{"nodes of a dump", fill(`[{"nodeid":0,"leaf":1,"children":[{"nodeid":0,"leaf":1}`, `,{"nodeid":0,"leaf":1}`, "]}]")},
		{"empty nodes of a dump", fill(`[{"children":[{}`, ",{}", "]}]")},
		{"trees of a dump", fill(`[{"nodeid":0,"leaf":1}`, `,{"nodeid":0,"leaf":1}`, "]")},
		{"features of a dump", `[{"nodeid":0,"leaf":1,"children":[` + names(`{"nodeid":0,"split":"%s"},`) + `{}]}]`},
		{"a deep dump", fill("[", `{"children":[`, "")},
		{"children as bytes", ubjTree(key("left_children") + "[$U" + count(size-200) + strings.Repeat("\x01", size))},
		{"children with markers", ubjTree(key("left_children") + "[" + count(size/2-200) + strings.Repeat("i\x01", size/2))},
		{"floats as bytes over and over", ubjTree(strings.Repeat(key("loss_changes")+"[$U#i\x01\x00", size/21))},
		{"names of one character", "{" + key("learner") + "{" + key("feature_names") + "[" + count(size/4-20) + strings.Repeat("Si\x01a", size/4)},
		{"empty names", "{" + key("learner") + "{" + key("feature_names") + "[" + count(size/4-20) + strings.Repeat("Si\x00", size/3)},
		{"keys of UBJ", "{" + strings.Repeat("i\x02abZ", size/5)},
		{"deep lists of UBJ", "{" + key("a") + strings.Repeat("[#i\x01", size/4)},
		{"deep objects of UBJ", strings.Repeat("{i\x00", size/3)},
	} {
		file := []byte(q.file)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(file)
		runtime.ReadMemStats(&after)
		if all := after.TotalAlloc - before.TotalAlloc; all > uint64(10*len(file)+constant) {
			t.Errorf("%s: %.1f bytes allocated a byte of the file (%v)", q.what, float64(all)/float64(len(file)), err)
		}
	}
}

// FuzzModelFiles wants every file either refused or read as a model that
// predicts and, if it is trained here, can be written and read again.
func FuzzModelFiles(f *testing.F) {
	for _, file := range smallModels(f) {
		f.Add(file)
	}
	f.Add([]byte(stump))
	f.Add([]byte(strings.Replace(stump, "2E0", "-Infinity", 1)))
	f.Add([]byte(`[{"nodeid":0,"leaf":0.5}]`))
	f.Add([]byte(`[{"nodeid":0,"split":"f0","split_condition":1,"yes":1,"no":2,"missing":2,"children":[{"nodeid":1,"leaf":1},{"nodeid":2,"leaf":2}]}]`))
	f.Add([]byte(`{"learner":{"attributes":{"\ud800":"\\"}}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := Read(file)
		if err != nil {
			return
		}
		margins := make([]float32, m.Outputs())
		m.Margins(make([]float32, len(m.Features)), margins)
		m.Predictions(margins, make([]float32, m.Width()))
		var text, ubj, other bytes.Buffer
		if err := WriteSQL(&other, m, "t", func(name string) string { return name }); err != nil {
			t.Fatal(err)
		}
		if err := WriteONNX(&other, m); err != nil {
			t.Fatal(err)
		}
		if WriteJSON(&text, m) != nil {
			return // of an objective that is not trained here
		}
		if err := WriteUBJ(&ubj, m); err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{text.Bytes(), ubj.Bytes()} {
			read, err := Read(again)
			if err != nil {
				t.Fatalf("what was written is refused: %v", err)
			}
			if d := difference(read, m); d != "" {
				t.Fatal(d)
			}
		}
	})
}
