"""Goldens for the parity tests of pipeline/gbtree: small data sets and the
models that released versions of XGBoost train on them.

    python make.py data            # writes *.csv.gz and cases.json (needs numpy)
    python make.py models          # writes CASE.PROFILE.json.gz for the installed xgboost

Run `models` once with xgboost 3.4.1 and once with 3.2.0, each in its own
environment (pip install --no-deps --ignore-requires-python xgboost==3.4.1, and
numpy scipy). One thread, so that sums of doubles have one order. The last
column of a data set is the label; columns named weight and fold are neither
feature nor label (fold 1 is the validation set).
"""
import csv
import gzip
import io
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def lab(rng, n):
    """The lab's five inputs: 1,156 distinct page-load times, small integers."""
    times = np.round(np.exp(np.linspace(-1.2, 3.2, 1156)), 3)
    assert len(np.unique(times)) == 1156
    load = times[np.clip(rng.normal(500, 220, n).astype(int), 0, 1155)]
    layout, product = rng.integers(0, 3, n), rng.integers(0, 8, n)
    quality, sentiment = rng.integers(0, 3, n), np.round(rng.uniform(-1, 1, n), 2)
    logit = 0.8 - 0.25 * load + 0.4 * (layout == 1) - 0.1 * product + 0.5 * quality + 0.9 * sentiment
    bought = (rng.uniform(size=n) < 1 / (1 + np.exp(-logit))).astype(int)
    fold = (rng.uniform(size=n) < 0.2).astype(int)
    return {"page_load_time": load, "layout": layout, "product_type": product, "quality": quality,
            "sentiment": sentiment, "fold": fold, "purchased": bought}


def ties(rng, n):
    """Equal gains everywhere: a column, its copy, its negative, and one independent of the label."""
    a = rng.integers(0, 6, n)
    return {"a": a, "copy": a, "negative": -a, "noise": rng.integers(0, 2, n), "y": (a + rng.integers(0, 3, n) > 4).astype(int)}


def holes(rng, n):
    """Missing values, a constant column, one that is all missing, and real labels."""
    x, z = np.round(rng.normal(0, 3, n), 1), rng.integers(0, 10, n).astype(float)
    y = np.round(np.where(z > 5, x, -x) + rng.normal(0, 1, n), 2)
    x[rng.uniform(size=n) < 0.3] = np.nan
    z[rng.uniform(size=n) < 0.1] = np.nan
    return {"constant": np.full(n, 7.5), "x": x, "void": np.full(n, np.nan), "z": z, "y": y}


def negative(rng, n):
    """Negative values, both zeros, and doubles that are one float32."""
    base = rng.choice([-1e6, -3.3, -0.5, -0.0, 0.0, 1e-7, 2.25], n)
    near = rng.choice([0.1, 0.1 + 1e-12, 0.1 - 1e-12, 0.3, -0.3, -0.3 - 1e-12], n)
    return {"base": base, "near": near, "y": np.round(np.sign(base) * 2 + near * 3 + rng.normal(0, 0.5, n), 1)}


def continuous(rng, n):
    """More than 256 distinct values in every column, with sample weights. (No more
    than the 2,049 that XGBoost 3.4 keeps: beyond, its cuts depend on the order of rows.)"""
    x, z = np.round(rng.normal(0, 1, n), 3), np.round(rng.exponential(4, n), 2)
    u = np.round(rng.uniform(-5, 5, n), 3)
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-(x * u - 0.2 * z)))).astype(int)
    return {"x": x, "z": z, "u": u, "weight": rng.choice([0.5, 1.0, 2.5], n), "y": y}


def tiny(rng, n):
    return {"a": [1, 2, 3, 4, 5, 6, 7], "b": [1, 1, 2, 2, 1, 1, 2], "y": [0, 0, 1, 1, 1, 0, 1]}


def oneclass(rng, n):
    return {"a": rng.integers(0, 20, n), "b": rng.integers(0, 3, n), "y": np.ones(n, dtype=int)}


DATA = {"lab": (lab, 5000), "ties": (ties, 600), "holes": (holes, 900), "negative": (negative, 500),
        "continuous": (continuous, 2000), "tiny": (tiny, 7), "oneclass": (oneclass, 80)}

LOGISTIC, SQUARED = "binary:logistic", "reg:squarederror"

# name, data, objective, rounds, parameters; "weighted" uses the weight column
CASES = [
    ("lab_logistic", "lab", LOGISTIC, 12, {"max_depth": 8, "eta": 0.1}),
    ("lab_squared", "lab", SQUARED, 8, {"max_depth": 7}),
    ("lab_regularised", "lab", LOGISTIC, 8, {"lambda": 0.3, "alpha": 0.7, "gamma": 0.5, "min_child_weight": 5}),
    ("lab_delta", "lab", LOGISTIC, 8, {"max_delta_step": 0.7, "alpha": 0.2, "lambda": 2.5}),
    ("lab_positive", "lab", LOGISTIC, 8, {"scale_pos_weight": 3.3}),
    ("lab_stopped", "lab", LOGISTIC, 60, {"eta": 0.7, "max_depth": 5, "early_stopping_rounds": 4}),
    ("ties", "ties", LOGISTIC, 6, {}),
    ("ties_squared", "ties", SQUARED, 6, {"eta": 1, "lambda": 0, "base_score": 0.25}),
    ("holes", "holes", SQUARED, 8, {"lambda": 0.5}),
    ("holes_bins", "holes", SQUARED, 5, {"max_bin": 32, "gamma": 1}),
    ("holes_light", "holes", SQUARED, 4, {"min_child_weight": 0, "max_depth": 10, "alpha": 0.1}),
    ("negative", "negative", SQUARED, 8, {"eta": 0.5}),
    ("continuous", "continuous", LOGISTIC, 6, {}),
    ("continuous_weighted", "continuous", LOGISTIC, 6, {"weighted": 1}),
    ("tiny", "tiny", LOGISTIC, 4, {"min_child_weight": 0, "lambda": 0.1}),
    ("tiny_heavy", "tiny", LOGISTIC, 3, {"min_child_weight": 4}),
    ("oneclass", "oneclass", LOGISTIC, 3, {}),
    ("oneclass_squared", "oneclass", SQUARED, 3, {}),
]


def write(name, text):
    with open(os.path.join(HERE, name), "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(text.encode())


def make_data():
    for i, (name, (recipe, n)) in enumerate(DATA.items()):
        table = recipe(np.random.default_rng(100 + i), n)
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(table)
        for row in zip(*(np.asarray(c).tolist() for c in table.values())):
            rows.writerow("" if v != v else repr(v) for v in row)
        write(name + ".csv.gz", out.getvalue())
    cases = [{"name": n, "data": d, "objective": o, "rounds": r, "params": {k: str(v) for k, v in p.items()}}
             for n, d, o, r, p in CASES]
    with open(os.path.join(HERE, "cases.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def read(name):
    with gzip.open(os.path.join(HERE, name + ".csv.gz"), "rt", newline="") as f:
        rows = list(csv.reader(f))
    columns = {c: np.array([float(r[i]) if r[i] else np.nan for r in rows[1:]]) for i, c in enumerate(rows[0])}
    label = rows[0][-1]
    features = [c for c in rows[0] if c not in (label, "weight", "fold")]
    return np.column_stack([columns[c] for c in features]), columns[label], features, columns


def make_models():
    import xgboost
    profile = ".".join(xgboost.__version__.split(".")[:2])
    for name, data, objective, rounds, params in CASES:
        x, y, features, columns = read(data)
        params = dict(params, objective=objective, nthread=1, tree_method="hist")
        weight = columns["weight"] if params.pop("weighted", 0) else None
        patience = params.pop("early_stopping_rounds", None)
        params["eval_metric"] = ["rmse"] if objective == SQUARED else ["auc", "error", "logloss"]
        if name.startswith("oneclass") and objective == LOGISTIC:
            params["eval_metric"] = ["error", "logloss"]

        def matrix(rows):
            return xgboost.DMatrix(x[rows], label=y[rows], weight=None if weight is None else weight[rows],
                                   feature_names=features)
        fold = columns.get("fold", np.zeros(len(y)))
        train, sets = matrix(fold == 0), {}
        evals = [(train, "train")] + ([(matrix(fold == 1), "validation")] if fold.any() else [])
        model = xgboost.train(params, train, rounds, evals=evals, early_stopping_rounds=patience,
                              evals_result=sets, verbose_eval=False)
        golden = {"model": json.loads(model.save_raw("json").decode()), "metrics": sets,
                  "margins": [float(m) for m in model.predict(matrix(np.arange(len(y)) < 50), output_margin=True,
                                                              iteration_range=(0, model.num_boosted_rounds()))]}
        write(f"{name}.{profile}.json.gz", json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    {"data": make_data, "models": make_models}[sys.argv[1]]()
