package gbtree

import "testing"

// The numbers are the alpha of save_config() of XGBoost 3.4.1 after
// train({"alpha": text}, …).
func TestNumbersAreReadAsXGBoostReadsThem(t *testing.T) {
	for _, test := range []struct {
		text string
		want float32
	}{
		{"0.1", 0.100000001},
		{"1.18", 1.18000007},
		{"1.32", 1.31999993},
		{"1.43", 1.43000007},
		{"1.57", 1.56999993},
		{"1.58", 1.57999992},
		{"1.59", 1.58999991},
		{"2.86", 2.86000013},
		{"0.3", 0.300000012},
		{"1e-05", 9.99999975e-06},
		{"2.5e-3", 0.00249999994},
		{"1.23e+4", 12300},
		{"123456789.123456789", 123456792},
		{"0.12345678901234567890123", 0.123456791},
		{"5.99", 5.98999977},
		{"3.", 3},
		{".5", 0.5},
		{"1e-10", 1.00000001e-10},
		{"16777217", 16777216},
		{"+2.86", 2.86000013},
		{"0.07e2", 7},
		{"-2.86", -2.86000013},
	} {
		var p Params
		if err := p.Set("alpha", test.text); err != nil || p.Alpha != test.want {
			t.Errorf("alpha=%s is %.9g, %v, want %.9g", test.text, p.Alpha, err, test.want)
		}
	}
	var p Params
	if err := p.Set("base_score", "2.86"); err != nil || p.BaseScore[0] != 2.86 {
		t.Errorf("base_score=2.86 is %v, %v, want the nearest float32", p.BaseScore, err)
	}
}

func TestWhatIsNoNumberIsRefused(t *testing.T) {
	for _, text := range []string{"", "x", "1e", "1e39", "0x1p3", "1_000", "nan", "1.2.3", "--1", "1e-60", "1e-9999999999"} {
		var p Params
		if err := p.Set("alpha", text); err == nil {
			t.Errorf("alpha=%s is %g", text, p.Alpha)
		}
	}
}
