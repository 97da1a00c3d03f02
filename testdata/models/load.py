"""Half of load.sh.

    python load.py data DIR     # writes DIR/rows.csv
    python load.py check DIR    # loads every model in DIR into xgboost, compares with DIR/NAME.csv
"""
import csv
import glob
import os
import sys

import numpy as np

FEATURES = ["load", "rating", "visits", "trend"]


def write_rows(folder, n=3000):
    rng = np.random.default_rng(11)
    x = np.column_stack([np.round(rng.exponential(3, n), 3), rng.integers(1, 6, n), rng.poisson(4, n), np.round(rng.normal(0, 2, n), 5)])
    x[rng.uniform(size=x.shape) < 0.1] = np.nan
    z = np.nan_to_num(x)
    signal = z[:, 3] - 0.5 * z[:, 0] + 0.4 * z[:, 1] + 0.1 * z[:, 2] * (z[:, 3] > 0) + rng.normal(0, 0.8, n)
    with open(os.path.join(folder, "rows.csv"), "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(FEATURES + ["amount", "bought", "kind"])
        for row, s in zip(x, signal):
            out.writerow(["" if np.isnan(v) else repr(float(v)) for v in row] + [round(float(s), 2), int(s > 0), int(s > -0.7) + int(s > 1.2)])


def read(path, columns):
    """Columns of a csv as float32, NaN where a field is empty."""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    names = [c for c in rows[0] if c.rsplit("_", 1)[0] in columns]
    return np.array([[np.float32(r[c]) if r[c] else np.nan for c in names] for r in rows], dtype=np.float32)


def check(folder):
    import xgboost as xgb

    x = read(os.path.join(folder, "rows.csv"), FEATURES)
    failed = same = models = 0
    for path in sorted(glob.glob(os.path.join(folder, "*.json")) + glob.glob(os.path.join(folder, "*.ubj"))):
        name = os.path.basename(path)
        booster = xgb.Booster()
        booster.load_model(path)
        if name.startswith("softprob.") and ".portable." not in name and xgb.__version__ < "3.1":
            continue  # reads an array as base_score 0.5, and says nothing
        rows = xgb.DMatrix(x, feature_names=FEATURES)
        ours = os.path.join(folder, name.split(".")[0] + ".csv")
        worst, exact = 0.0, True
        for kind, margin in (("margin", True), ("prediction", False)):
            want = booster.predict(rows, output_margin=margin).reshape(len(x), -1)
            got = read(ours, [kind])
            assert got.shape == want.shape, (name, kind, got.shape, want.shape)
            worst = max(worst, float(np.max(np.abs(got - want) / np.maximum(1, np.abs(want)))))
            exact = exact and np.array_equal(got, want)
        models, same, failed = models + 1, same + exact, failed + (worst > 1e-7)
        if not exact:
            print(f"xgboost {xgb.__version__}: {name} differs by {worst:.3g}")
    print(f"xgboost {xgb.__version__}: {models} models load, {same} predict {len(x):,} rows the same bit for bit")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    {"data": write_rows, "check": check}[sys.argv[1]](sys.argv[2])
