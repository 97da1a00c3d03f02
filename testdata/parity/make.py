"""Goldens for the parity tests of pipeline/gbtree: data sets, and the models that
released versions of XGBoost train on them.

    python make.py data DIR [full]   # writes *.csv.gz and cases.json (needs numpy)
    python make.py models DIR [self] # writes CASE.PROFILE.json.gz for the installed xgboost

Without `full`, DIR is this folder: a sample that `go test ./pipeline/gbtree`
compares bit by bit. With it there are many more, larger and drawn at random, for
full.sh. Run `models` once with xgboost 3.4.1 and once with 3.2.0, each in its
own environment (pip install --no-deps --ignore-requires-python xgboost==3.4.1,
and numpy scipy). Goldens are trained on one thread; `self` trains again on
two threads and on shuffled rows, and notes where XGBoost disagrees with itself.

The last column of a data set is the label; columns named weight and fold are
neither feature nor label. Rows of fold 0 are trained on (of fold `train`, if a
case says so), the folds after it are watched, the last one as `validation`.
"""
import csv
import gzip
import io
import json
import os
import sys
import tempfile

import numpy as np

LOGISTIC, SQUARED, SOFTPROB = "binary:logistic", "reg:squarederror", "multi:softprob"


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


def edge(rng, n):
    """Exactly 256, 257 and 258 distinct values."""
    a, b, c = (rng.permutation(np.arange(n) % d) for d in (256, 257, 258))
    return {"a": a, "b": b, "c": c, "y": np.round(np.sin(a / 40) + (b > 128) - c / 200 + rng.normal(0, 0.1, n), 3)}


def tiny(rng, n):
    return {"a": [1, 2, 3, 4, 5, 6, 7], "b": [1, 1, 2, 2, 1, 1, 2], "y": [0, 0, 1, 1, 1, 0, 1]}


def oneclass(rng, n):
    return {"a": rng.integers(0, 20, n), "b": rng.integers(0, 3, n), "y": np.ones(n, dtype=int)}


def three(rng, n):
    """Three classes, weights, holes, and three folds."""
    a, b, c = np.round(rng.normal(0, 1, n), 1), rng.integers(0, 12, n).astype(float), rng.integers(0, 4, n)
    y = np.clip(np.round(a + b / 6 - c / 3 + rng.normal(0, 0.5, n)), 0, 2).astype(int)
    b[rng.uniform(size=n) < 0.15] = np.nan
    fold = rng.choice([0, 0, 0, 1, 2], n)
    return {"a": a, "b": b, "c": c, "fold": fold, "weight": rng.choice([0.25, 1.0, 3.0], n), "y": y}


def many(rng, n, k=12):
    """Many columns that matter a little, some of them with holes, and three folds."""
    x = np.round(rng.normal(0, 1, (n, k)), 1)
    logit = x[:, : k // 2].sum(axis=1) / 2 + x[:, 0] * x[:, -1]
    x[:, -3][rng.uniform(size=n) < 0.4] = np.nan
    out = {f"f{i}": x[:, i] for i in range(k)}
    return dict(out, fold=rng.choice([0, 0, 0, 1, 2], n), y=(rng.uniform(size=n) < 1 / (1 + np.exp(-logit))).astype(int))


def broad(rng, n):
    """120 columns, for the draws of columns: std::shuffle's arithmetic shows from a hundred on."""
    x = rng.integers(0, 3, (n, 120))
    return dict({f"f{i}": x[:, i] for i in range(120)}, y=(x[:, ::7].sum(axis=1) + rng.integers(0, 5, n) > 20).astype(int))


DATA = {"lab": (lab, 5000), "ties": (ties, 600), "holes": (holes, 900), "negative": (negative, 500),
        "continuous": (continuous, 2000), "tiny": (tiny, 7), "oneclass": (oneclass, 80),
        "edge": (edge, 1100), "three": (three, 700), "many": (many, 700), "broad": (broad, 150)}

# name, data, objective, rounds, parameters. Not XGBoost's: "weighted" uses the
# weight column, "train" is the fold to train on, "from" a case to go on from.
CASES = [
    ("lab_logistic", "lab", LOGISTIC, 8, {"max_depth": 8, "eta": 0.1}),
    ("lab_squared", "lab", SQUARED, 6, {"max_depth": 7}),
    ("lab_regularised", "lab", LOGISTIC, 8, {"lambda": 0.3, "alpha": 0.7, "gamma": 0.5, "min_child_weight": 5}),
    ("lab_delta", "lab", LOGISTIC, 8, {"max_delta_step": 0.7, "alpha": 0.2, "lambda": 2.5}),
    ("lab_positive", "lab", LOGISTIC, 8, {"scale_pos_weight": 3.3}),
    ("lab_stopped", "lab", LOGISTIC, 60, {"eta": 0.7, "max_depth": 5, "early_stopping_rounds": 4}),
    ("lab_stopped_auc", "lab", LOGISTIC, 60, {"eta": 0.9, "max_depth": 4, "early_stopping_rounds": 3,
                                              "eval_metric": "logloss,aucpr,error@0.3,mae,rmse,auc"}),
    ("lab_lossguide", "lab", LOGISTIC, 5, {"grow_policy": "lossguide", "max_leaves": 24, "max_depth": 0}),
    ("lab_lossguide_deep", "lab", SQUARED, 4, {"grow_policy": "lossguide", "max_depth": 5, "gamma": 0.4}),
    ("lab_leaves", "lab", LOGISTIC, 5, {"max_leaves": 11}),
    ("lab_falling", "lab", LOGISTIC, 5, {"monotone_constraints": '{"page_load_time": -1, "quality": 1}'}),
    ("lab_base", "lab", SQUARED, 4, {"base_score": 0.3, "max_depth": 4}),
    ("lab_begun", "lab", LOGISTIC, 4, {"max_depth": 3, "eta": 0.5}),
    ("lab_continued", "lab", LOGISTIC, 5, {"max_depth": 4, "from": "lab_begun", "train": 1}),
    ("ties", "ties", LOGISTIC, 6, {}),
    ("ties_squared", "ties", SQUARED, 6, {"eta": 1, "lambda": 0, "base_score": 0.25}),
    ("holes", "holes", SQUARED, 8, {"lambda": 0.5}),
    ("holes_bins", "holes", SQUARED, 5, {"max_bin": 32, "gamma": 1}),
    ("holes_light", "holes", SQUARED, 4, {"min_child_weight": 0, "max_depth": 10, "alpha": 0.1}),
    ("holes_rising", "holes", SQUARED, 5, {"monotone_constraints": "(0,1,0,-1)", "alpha": 0.3}),
    ("holes_free", "holes", SQUARED, 3, {"monotone_constraints": "(0,0)"}),
    ("negative", "negative", SQUARED, 8, {"eta": 0.5}),
    ("continuous", "continuous", LOGISTIC, 6, {}),
    ("continuous_weighted", "continuous", LOGISTIC, 6, {"weighted": 1}),
    ("edge", "edge", SQUARED, 4, {}),
    ("edge_bins", "edge", SQUARED, 3, {"max_bin": 300, "max_depth": 4}),
    ("tiny", "tiny", LOGISTIC, 4, {"min_child_weight": 0, "lambda": 0.1}),
    ("tiny_heavy", "tiny", LOGISTIC, 3, {"min_child_weight": 4}),
    ("oneclass", "oneclass", LOGISTIC, 3, {"eval_metric": "error,logloss"}),
    ("oneclass_squared", "oneclass", SQUARED, 3, {"eval_metric": "rmse"}),
    ("three", "three", SOFTPROB, 4, {"num_class": 3, "max_depth": 4}),
    ("three_weighted", "three", SOFTPROB, 20, {"num_class": 3, "max_depth": 3, "weighted": 1, "eta": 0.8, "early_stopping_rounds": 2,
                                              "eval_metric": "merror,auc,aucpr,mlogloss"}),
    ("three_base", "three", SOFTPROB, 3, {"num_class": 3, "base_score": 0.5, "max_delta_step": 1}),
    ("three_lossguide", "three", SOFTPROB, 3, {"num_class": 3, "grow_policy": "lossguide", "max_leaves": 6,
                                               "colsample_bytree": 0.7, "seed": 5}),
    ("many_tree", "many", LOGISTIC, 6, {"colsample_bytree": 0.4, "seed": 7}),
    ("many_level", "many", LOGISTIC, 5, {"colsample_bylevel": 0.3, "seed": 3000000001, "max_depth": 4}),
    ("many_node", "many", LOGISTIC, 5, {"colsample_bynode": 0.5, "colsample_bylevel": 0.8, "colsample_bytree": 0.9, "max_depth": 4}),
    ("broad_columns", "broad", LOGISTIC, 4, {"colsample_bytree": 0.7, "colsample_bylevel": 0.6, "colsample_bynode": 0.5, "seed": 99,
                                             "max_depth": 4, "min_child_weight": 0.1}),
    ("many_together", "many", SQUARED, 4, {"interaction_constraints": '[["f0", "f1", "f2"], ["f2", "f3"], ["f11"]]'}),
]


def full_cases():
    """Larger sets of the sample's shapes, and sets and parameters drawn at random."""
    data, cases = dict(DATA), list(CASES)
    data.update(lab_100k=(lab, 100_000), wide=(lambda rng, n: many(rng, n, 300), 4000), deep=(continuous, 2000),
                three_20k=(three, 20_000), many_20k=(many, 20_000))
    cases += [
        ("lab_100k_lab", "lab_100k", SQUARED, 50, {"max_depth": 8, "eta": 0.1, "min_child_weight": 100}),
        ("lab_100k_logistic", "lab_100k", LOGISTIC, 50, {"max_depth": 8, "eta": 0.1}),
        ("lab_100k_lossguide", "lab_100k", LOGISTIC, 20, {"grow_policy": "lossguide", "max_leaves": 255, "max_depth": 0}),
        ("lab_100k_deep", "lab_100k", LOGISTIC, 6, {"max_depth": 14, "gamma": 0.6, "min_child_weight": 0.5}),
        ("lab_100k_unlimited", "lab_100k", SQUARED, 3, {"max_depth": 0}),
        ("wide", "wide", LOGISTIC, 10, {"max_depth": 6}),
        ("wide_columns", "wide", LOGISTIC, 10, {"colsample_bytree": 0.5, "colsample_bylevel": 0.5, "colsample_bynode": 0.5, "seed": 11}),
        ("deep_lossguide", "deep", LOGISTIC, 10, {"grow_policy": "lossguide", "max_leaves": 100, "weighted": 1}),
        ("three_20k", "three_20k", SOFTPROB, 20, {"num_class": 3, "weighted": 1}),
        ("many_20k", "many_20k", LOGISTIC, 30, {"max_depth": 7}),
    ]
    for seed in range(40):
        data[f"random{seed}"] = (drawn_data, seed)
        cases.append((f"random{seed}", f"random{seed}", *drawn_case(seed)))
    return data, cases


def drawn_case(seed):
    """An objective, rounds, and parameters drawn at random."""
    rng = np.random.default_rng(9000 + seed)
    objective = [LOGISTIC, SQUARED, SOFTPROB][seed % 3]
    params = {"num_class": 3} if objective == SOFTPROB else {}
    for name, share, draw in [
        ("eta", 0.7, lambda: round(rng.uniform(0.05, 1), 2)), ("max_depth", 0.7, lambda: rng.integers(1, 11)),
        ("min_child_weight", 0.5, lambda: round(rng.exponential(3), 2)), ("lambda", 0.4, lambda: round(rng.exponential(2), 2)),
        ("alpha", 0.3, lambda: round(rng.exponential(1), 2)), ("gamma", 0.3, lambda: round(rng.exponential(0.5), 2)),
        ("max_delta_step", 0.2, lambda: round(rng.uniform(0.1, 2), 2)), ("max_bin", 0.2, lambda: rng.integers(2, 400)),
        ("max_leaves", 0.3, lambda: rng.integers(2, 40)), ("grow_policy", 0.4, lambda: "lossguide"),
        ("base_score", 0.2, lambda: round(rng.uniform(0.1, 0.9), 2)), ("weighted", 0.4, lambda: 1),
        ("colsample_bytree", 0.3, lambda: round(rng.uniform(0.2, 1), 2)), ("colsample_bylevel", 0.2, lambda: round(rng.uniform(0.2, 1), 2)),
        ("colsample_bynode", 0.2, lambda: round(rng.uniform(0.2, 1), 2)), ("seed", 0.5, lambda: rng.integers(0, 2**31)),
        ("early_stopping_rounds", 0.3, lambda: rng.integers(1, 6)),
    ]:
        if rng.uniform() < share:
            params[name] = draw().item() if hasattr(draw(), "item") else draw()
    if objective != SOFTPROB and rng.uniform() < 0.2:
        params["scale_pos_weight"] = round(rng.uniform(0.2, 5), 2)
    if rng.uniform() < 0.3:
        params["monotone_constraints"] = "(" + ",".join(str(d) for d in rng.integers(-1, 2, 2)) + ")"
    return objective, int(rng.integers(3, 25)), params


def drawn_data(rng, seed):
    """Columns of every kind; labels for the objective that drawn_case draws."""
    n, k = int(np.exp(rng.uniform(3, 8.3))), int(rng.integers(2, 10))
    kinds = [
        lambda: rng.integers(0, int(rng.integers(1, 30)), n), lambda: np.round(rng.normal(0, 1, n), int(rng.integers(0, 4))),
        lambda: np.round(rng.exponential(1, n), 2).astype(np.float32),
        lambda: np.full(n, rng.normal()), lambda: -np.abs(np.round(rng.normal(0, 1e4, n))), lambda: np.round(rng.uniform(0, 1, n), 2) * 1e-6,
        lambda: np.full(n, np.nan),
    ]
    out, score = {}, np.zeros(n)
    for i in range(k):
        x = np.resize(np.asarray(kinds[rng.choice(7, p=[0.35, 0.35, 0.1, 0.05, 0.05, 0.05, 0.05])](), dtype=float), n)
        score += np.nan_to_num((x - np.mean(x)) / (np.std(x) + 1e-9)) * rng.normal()
        if rng.uniform() < 0.3:
            x[rng.uniform(size=n) < rng.uniform(0, 0.6)] = np.nan
        out[f"c{i}"] = x
    score += rng.normal(0, 0.5, n)
    objective = [LOGISTIC, SQUARED, SOFTPROB][seed % 3]
    if objective == LOGISTIC:
        y = (score > 0).astype(int)
    elif objective == SQUARED:
        y = np.round(score, 2) if seed % 2 else (score > 0).astype(int)
    else:
        y = np.clip(np.round(score + 1), 0, 2).astype(int)
    # XGBoost adds the classes' weights in float32, where tenths depend on the order of rows.
    weights = [0.5, 1.0, 2.0, 0.125 if objective == SOFTPROB else 0.1]
    return dict(out, fold=rng.choice([0, 0, 0, 1], n), weight=rng.choice(weights, n), y=y)


def write(directory, name, text):
    with open(os.path.join(directory, name), "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(text.encode())


def make_data(directory, full):
    data, cases = full_cases() if full else (DATA, CASES)
    for i, (name, (recipe, n)) in enumerate(data.items()):
        table = recipe(np.random.default_rng(100 + i), n)
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(table)
        for row in zip(*(np.asarray(c).tolist() for c in table.values())):
            rows.writerow("" if v != v else repr(v) for v in row)
        write(directory, name + ".csv.gz", out.getvalue())
    cases = [{"name": n, "data": d, "objective": o, "rounds": r, "params": {k: str(v) for k, v in p.items()}}
             for n, d, o, r, p in cases]
    with open(os.path.join(directory, "cases.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def read(directory, name):
    with gzip.open(os.path.join(directory, name + ".csv.gz"), "rt", newline="") as f:
        rows = list(csv.reader(f))
    columns = {c: np.array([float(r[i]) if r[i] else np.nan for r in rows[1:]]) for i, c in enumerate(rows[0])}
    label = rows[0][-1]
    features = [c for c in rows[0] if c not in (label, "weight", "fold")]
    return np.column_stack([columns[c] for c in features]), columns[label], features, columns


def train(directory, cases, case, threads=1, order=None):
    """Trains a case; order is a permutation of its rows. Returns the model, its
    metrics and the margins of the first 50 rows."""
    import xgboost
    x, y, features, columns = read(directory, case["data"])
    params = dict(case["params"], objective=case["objective"], nthread=threads, tree_method="hist")
    weight = columns["weight"] if params.pop("weighted", 0) else None
    patience = params.pop("early_stopping_rounds", None)
    fold, first, begun = columns.get("fold", np.zeros(len(y))), int(params.pop("train", 0)), params.pop("from", None)
    default = {SQUARED: "rmse", LOGISTIC: "auc,error,logloss", SOFTPROB: "merror,mlogloss"}[case["objective"]]
    params["eval_metric"] = params.get("eval_metric", default).split(",")
    for name in ("monotone_constraints", "interaction_constraints"):
        if params.get(name, "")[:1] in ("{", "["):
            params[name] = json.loads(params[name])  # names are translated in Python only
    params.setdefault("validate_parameters", True)

    def matrix(rows):
        rows = np.flatnonzero(rows)
        if order is not None:
            rows = np.random.default_rng(order).permutation(rows)
        return xgboost.DMatrix(x[rows], label=y[rows], weight=None if weight is None else weight[rows], feature_names=features)
    data, sets = matrix(fold == first), {}
    evals = [(data, "train")] + [(matrix(fold == f), f"fold{f}") for f in range(first + 1, int(fold.max()) + 1)]
    if len(evals) > 1:
        evals[-1] = (evals[-1][0], "validation")
    if patience and len(evals) == 1:
        patience = None
    with tempfile.TemporaryDirectory() as scratch:
        saved = None
        if begun:
            saved = os.path.join(scratch, "begun.json")
            train(directory, cases, cases[begun], threads, order)[0].save_model(saved)
        model = xgboost.train(params, data, case["rounds"], evals=evals, early_stopping_rounds=patience and int(patience),
                              evals_result=sets, verbose_eval=False, xgb_model=saved)
    sets = {s: {m: [None if v != v else v for v in values] for m, values in of.items()} for s, of in sets.items()}
    some = xgboost.DMatrix(x[:50], feature_names=features)
    return model, sets, model.predict(some, output_margin=True, iteration_range=(0, model.num_boosted_rounds()))


def trees(model):
    """The trees of a model, to compare two."""
    return json.loads(model.save_raw("json").decode())["learner"]["gradient_booster"]["model"]["trees"]


def agreement(directory, cases, case, model):
    """How XGBoost disagrees with itself, "" if it does not."""
    a, small = trees(model), os.path.getsize(os.path.join(directory, case["data"] + ".csv.gz")) < 100_000
    for threads, order in [(2, None)] + [(1, seed) for seed in range(1, 7 if small else 2)]:
        what = f"shuffled rows ({order})" if order else f"{threads} threads"
        b = trees(train(directory, cases, case, threads, order)[0])
        if len(a) != len(b):
            return f"{what}: {len(a)} trees, {len(b)}"
        for i, (s, t) in enumerate(zip(a, b)):
            if s != t:
                return f"{what}: tree {i} differs"
    return ""


def make_models(directory, compare):
    import xgboost
    profile = ".".join(xgboost.__version__.split(".")[:2])
    with open(os.path.join(directory, "cases.json")) as f:
        cases = {c["name"]: c for c in json.load(f)}
    for name, case in cases.items():
        model, sets, margins = train(directory, cases, case)
        golden = {"model": model.save_raw("json").decode(), "metrics": sets, "margins": [float(m) for m in margins.ravel()]}
        if compare:
            golden["self"] = agreement(directory, cases, case, model)
        write(directory, f"{name}.{profile}.json.gz", json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    {"data": make_data, "models": make_models}[sys.argv[1]](sys.argv[2], len(sys.argv) > 3)
