"""Goldens for the tests of pipeline/shap: small models that XGBoost trained, and
what it says about them.

    python make.py      # writes NAME.json.gz with xgboost 3.4.1, NAME-3.2.json.gz with 3.2.0

Needs numpy and xgboost; testdata/setup/xgboost.sh makes an environment for each
of the two releases, which explain in different ways. Each file holds the model
as XGBoost saves it, rows (null is missing), their pred_contribs with the bias
last, pred_interactions of the first few rows, and get_score by kind. One thread,
fixed seed: the files are reproducible.
"""
import gzip
import json
import os

import numpy as np
import xgboost

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = dict(tree_method="hist", eta=0.1, max_depth=8, min_child_weight=20)

# name: features, rows to train on, share missing, rounds, parameters
CASES = {
    "lab": (5, 4000, 0.0, 8, dict(LAB, objective="binary:logistic", min_child_weight=3)),
    "squared": (5, 4000, 0.0, 8, dict(LAB, objective="reg:squarederror")),
    "missing": (5, 3000, 0.2, 6, dict(LAB, objective="binary:logistic", min_child_weight=3)),
    "wide": (14, 2500, 0.1, 5, dict(LAB, objective="reg:squarederror", max_depth=12, min_child_weight=4, colsample_bytree=0.9)),
    "deep": (2, 2500, 0.1, 4, dict(LAB, objective="binary:logistic", grow_policy="lossguide", max_depth=0, max_leaves=48, min_child_weight=1)),
    "stumps": (3, 1000, 0.1, 5, dict(LAB, objective="reg:squarederror", max_depth=1)),
    "nothing": (3, 200, 0.0, 2, dict(LAB, objective="binary:logistic", gamma=1e6)),
    "classes": (5, 3000, 0.1, 4, dict(LAB, objective="multi:softprob", num_class=3, max_depth=5)),
    "broad": (300, 1500, 0.05, 3, dict(LAB, objective="reg:squarederror", max_depth=10, min_child_weight=2, colsample_bynode=0.2)),
}
ALSO_WITH_3_2 = ("lab", "missing", "wide", "classes")

INTERACTIONS = 6  # rows
MOST_PAIRED = 100  # features: the matrices grow with their square


def data(rng, features, n, missing, classes):
    """Load times, small integers and noise; a label with interactions."""
    x = np.empty((n, features), np.float32)
    for f in range(features):
        x[:, f] = [np.round(rng.lognormal(1, 0.6, n), 2), rng.integers(0, 3, n),
                   np.round(rng.uniform(-1, 1, n), 2), rng.integers(1, 6, n)][f % 4]
    logit = 0.6 - 0.3 * x[:, 0] + 0.8 * (x[:, 1] == 1)
    for f in range(2, features):
        logit = logit + (0.9 * x[:, f] * (x[:, f - 1] > 1) if f % 2 == 0 else 0.2 * (x[:, f] - 3))
    if features > 20:  # else nearly all labels are the same
        logit = (logit - logit.mean()) / logit.std()
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-logit))).astype(np.float32)
    if classes:
        y = np.minimum(y + (x[:, 3] > 3), classes - 1).astype(np.float32)
    x[rng.uniform(size=x.shape) < missing] = np.nan
    return x, y


def shortest(array):
    """Nested lists of the shortest digits that read back as the same float32."""
    return [shortest(a) for a in array] if array.ndim else float(str(array))


def main():
    old = xgboost.__version__.startswith("3.2.")
    for number, (name, (features, n, missing, rounds, params)) in enumerate(CASES.items()):
        if old and name not in ALSO_WITH_3_2:
            continue
        rng = np.random.default_rng(number)
        x, y = data(rng, features, n, missing, params.get("num_class"))
        names = [f"f{i}" for i in range(features)]
        booster = xgboost.train(dict(params, nthread=1, seed=number), xgboost.DMatrix(x, y, feature_names=names), rounds)
        rows = x[:40 if features <= MOST_PAIRED else 10].copy()
        rows[:8][rng.uniform(size=rows[:8].shape) < 0.4] = np.nan  # missing also where training saw none
        at = xgboost.DMatrix(rows, feature_names=names)
        golden = {
            "model": json.loads(booster.save_raw("json")),
            "rows": [[None if np.isnan(v) else float(str(v)) for v in row] for row in rows],
            "contributions": shortest(booster.predict(at, pred_contribs=True)),
            "interactions": [],
            "scores": {kind: booster.get_score(importance_type=kind) for kind in ("gain", "cover", "weight")},
        }
        if features <= MOST_PAIRED:
            few = xgboost.DMatrix(rows[:INTERACTIONS], feature_names=names)
            golden["interactions"] = shortest(booster.predict(few, pred_interactions=True))
        text = json.dumps(golden, separators=(",", ":")).encode()
        with open(os.path.join(HERE, name + ("-3.2" if old else "") + ".json.gz"), "wb") as f:
            f.write(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    main()
