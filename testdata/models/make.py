"""Model files as released versions of XGBoost save them, with their predictions:
the goldens for reading in pipeline/gbtree.

    python make.py            # writes xgboost-VERSION.json.gz for the installed xgboost

Run it once with each of xgboost 1.7.6, 2.1.4, 3.2.0 and 3.4.1, each in its own
environment with numpy and scipy. Every case is one small model on the same 400
rows, saved as JSON and as UBJ; what a version does not have is left out.
"""
import base64
import gzip
import json
import os
import sys
import tempfile
import warnings

import numpy as np
import xgboost as xgb

HERE = os.path.dirname(os.path.abspath(__file__))
N, KEPT = 400, 40  # rows to train on, rows whose predictions are kept

rng = np.random.default_rng(5)
X = np.column_stack([np.round(rng.normal(0, 2, N), 2), rng.integers(0, 6, N), np.round(rng.exponential(3, N), 1), rng.integers(-1, 2, N)])
X[rng.uniform(size=X.shape) < 0.08] = np.nan
SIGNAL = np.nan_to_num(X[:, 0]) - 0.4 * np.nan_to_num(X[:, 1]) + 0.3 * np.nan_to_num(X[:, 2]) * (np.nan_to_num(X[:, 3]) > 0)
NOISY = SIGNAL + rng.normal(0, 0.7, N)
REAL = np.round(NOISY, 2)
BINARY = (NOISY > 0.3).astype(float)
CLASSES = np.digitize(NOISY, [-1, 1]).astype(float)
POSITIVE = np.round(np.exp(NOISY / 3), 3)
COUNTS = rng.poisson(np.exp(SIGNAL / 4)).astype(float)
NAMES = ["load", "RATING", 'a "quoted" \\ name', "größe"]


def data(label, names=NAMES, **info):
    d = xgb.DMatrix(X, label, feature_names=names)
    for name, value in info.items():
        d.set_float_info(name, value) if name != "group" else d.set_group(value)
    return d


def cases():
    """Name, parameters beside the common ones, data, and rounds."""
    yield "squared", {}, data(REAL), 3
    yield "unnamed", {}, data(REAL, names=None), 2
    yield "no_rounds", {}, data(REAL), 0
    yield "logistic", {"objective": "binary:logistic"}, data(BINARY), 3
    yield "weighted_label", {"objective": "binary:logistic", "scale_pos_weight": 3}, data(BINARY), 2
    yield "lossguide", {"grow_policy": "lossguide", "max_leaves": 7, "max_depth": 0}, data(REAL), 2
    yield "monotone", {"monotone_constraints": "(1,-1,0,0)"}, data(REAL), 2
    yield "pruned", {"tree_method": "exact", "gamma": 15}, data(REAL, names=None), 4
    yield "softprob", {"objective": "multi:softprob", "num_class": 3}, data(CLASSES), 3
    yield "softmax", {"objective": "multi:softmax", "num_class": 3, "base_score": 0.25}, data(CLASSES), 2
    yield "forest", {"objective": "binary:logistic", "num_parallel_tree": 3, "subsample": 0.6, "eta": 0.9}, data(BINARY), 2
    yield "class_forest", {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.6}, data(CLASSES), 2
    yield "dart", {"booster": "dart", "rate_drop": 0.5, "one_drop": 1, "seed": 3}, data(REAL), 6
    yield "class_dart", {"booster": "dart", "objective": "multi:softprob", "num_class": 3, "rate_drop": 0.5, "one_drop": 1, "seed": 3}, data(CLASSES), 3
    for objective, label in [
        ("reg:logistic", BINARY), ("binary:logitraw", BINARY), ("binary:hinge", BINARY), ("reg:squaredlogerror", POSITIVE),
        ("reg:pseudohubererror", REAL), ("reg:absoluteerror", REAL), ("reg:quantileerror", REAL), ("count:poisson", COUNTS),
        ("reg:gamma", POSITIVE), ("reg:tweedie", COUNTS), ("survival:cox", np.where(BINARY > 0, POSITIVE, -POSITIVE)),
    ]:
        more = {"quantile_alpha": 0.4} if objective == "reg:quantileerror" else {}
        yield objective.replace(":", "_"), {"objective": objective, **more}, data(label), 2
    yield "survival_aft", {"objective": "survival:aft"}, data(POSITIVE, label_lower_bound=POSITIVE, label_upper_bound=POSITIVE * 1.5), 2
    for objective in ["rank:pairwise", "rank:ndcg", "rank:map"]:
        yield objective.replace(":", "_"), {"objective": objective}, data(BINARY, group=[20] * (N // 20)), 2
    yield "targets", {}, data(np.column_stack([REAL, -REAL])), 2
    # What shall be refused by name.
    yield "refused_linear", {"booster": "gblinear"}, data(REAL), 2
    categories = xgb.DMatrix(np.nan_to_num(X + 1), REAL, feature_types=["q", "c", "q", "q"], enable_categorical=True)
    yield "refused_categories", {"tree_method": "hist", "max_cat_to_onehot": 1}, categories, 2
    yield "refused_vector_leaves", {"multi_strategy": "multi_output_tree"}, data(np.column_stack([REAL, -REAL])), 2


def saved(booster, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model." + kind)
        booster.save_model(path)
        with open(path, "rb") as f:
            return f.read()


def floats(a):
    """Rows of float32 with the shortest digits that read back."""
    a = np.asarray(a, dtype=np.float32)
    return [[float(str(x)) for x in row] for row in a.reshape(len(a), -1)]


def main():
    warnings.simplefilter("ignore")
    out = []
    for name, params, train, rounds in cases():
        common = {"tree_method": "hist", "max_depth": 3, "eta": 0.4, "nthread": 1, "verbosity": 0}
        try:
            booster = xgb.train({**common, **params}, train, rounds)
        except (xgb.core.XGBoostError, ValueError, TypeError) as e:
            print(f"{xgb.__version__} has no {name}: {str(e).splitlines()[-1][:120]}", file=sys.stderr)
            continue
        case = {"name": name, "json": saved(booster, "json").decode(), "ubj": base64.b64encode(saved(booster, "ubj")).decode()}
        if not name.startswith("refused"):
            few = xgb.DMatrix(X[:KEPT], feature_names=train.feature_names)
            case["margins"] = floats(booster.predict(few, output_margin=True))
            case["predictions"] = floats(booster.predict(few))
            case["dump"] = "[" + ",".join(booster.get_dump(dump_format="json", with_stats=True)) + "]" if name in ("unnamed", "pruned") else ""  # names with quotes are not escaped there
        out.append(case)
    rows = [[None if np.isnan(x) else float(np.float32(x)) for x in row] for row in X[:KEPT]]
    path = os.path.join(HERE, f"xgboost-{xgb.__version__}.json.gz")
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(json.dumps({"version": xgb.__version__, "rows": rows, "cases": out}).encode())
    print(path, os.path.getsize(path), len(out))


main()
