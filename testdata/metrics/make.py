"""What others measure on the rows that our groups stand for: writes cases.json.

usage: make.py     (numpy, scipy 1.17.1, scikit-learn 1.9.1, xgboost 3.4.1)

auc, ap, isotonic, F1, r2, mae, mlogloss and merror are scikit-learn's, aucpr is
XGBoost's, wilson scipy's. delong is the definition of DeLong, DeLong and
Clarke-Pearson (1988), pair by pair in numpy.
"""
import json
import pathlib

import numpy as np
import sklearn.metrics as sk
import xgboost
from scipy.stats import binomtest, norm
from sklearn.isotonic import IsotonicRegression


def aucpr(score, label):
    """XGBoost's metric of given probabilities: a model without trees over their margins."""
    data = xgboost.DMatrix(np.zeros((len(score), 1)), label=label, base_margin=np.log(score / (1 - score)))
    booster = xgboost.train({"objective": "binary:logistic", "eval_metric": "aucpr", "max_depth": 1, "eta": 0}, data, 1)
    return float(booster.eval(data).split(":")[1])


def placements(score, label):
    """psi of every pair of a positive and a negative row, averaged over either side."""
    psi = np.sign(score[label == 1][:, None] - score[label == 0][None, :]) / 2 + 0.5
    return psi.mean(axis=1), psi.mean(axis=0)


def delong(a, b, label):
    (a1, a0), (b1, b0) = placements(a, label), placements(b, label)
    cov = np.cov(np.stack([a1, b1])) / len(a1) + np.cov(np.stack([a0, b0])) / len(a0)
    z = norm.ppf(0.975)
    auc, error = np.array([a1.mean(), b1.mean()]), np.sqrt(np.diag(cov))
    difference, spread = auc[0] - auc[1], np.sqrt(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    return {"a": [auc[0], *np.clip([auc[0] - z * error[0], auc[0] + z * error[0]], 0, 1)],
            "b": [auc[1], *np.clip([auc[1] - z * error[1], auc[1] + z * error[1]], 0, 1)],
            "difference": [difference, difference - z * spread, difference + z * spread],
            "p": 2 * norm.cdf(-abs(difference) / spread)}


def binary(rng, groups, most, steps):
    """Two models' scores of the same groups of rows."""
    a = np.round(rng.uniform(0.02, 0.98, groups) * steps) / steps
    b = np.clip(np.round((a + rng.normal(0, 0.25, groups)) * steps) / steps, 1 / steps, 1 - 1 / steps)
    a = np.clip(a, 1 / steps, 1 - 1 / steps)
    total = rng.integers(1, most, groups)
    positive = rng.binomial(total, a)
    label = np.concatenate([np.r_[np.ones(p), np.zeros(n - p)] for p, n in zip(positive, total)])
    rows_a, rows_b = np.repeat(a, total), np.repeat(b, total)
    fit = IsotonicRegression(y_min=0, y_max=1).fit(rows_a, label)
    seen = np.unique(rows_a)
    f1 = {t: sk.f1_score(label, rows_a > t) for t in np.r_[0, seen]}
    best = max(f1, key=lambda t: (f1[t], t))
    found = sk.confusion_matrix(label, rows_a > best)
    wrong = int((label != (rows_a > 0.5)).sum())
    ci = binomtest(wrong, len(label)).proportion_ci(0.95, method="wilson")
    return {"score_a": a.tolist(), "score_b": b.tolist(), "positive": positive.tolist(), "total": total.tolist(),
            "aucpr": aucpr(rows_a, label), "delong": delong(rows_a, rows_b, label),
            "auc": sk.roc_auc_score(label, rows_a), "ap": sk.average_precision_score(label, rows_a),
            "isotonic": [seen.tolist(), fit.predict(seen).tolist()],
            "best_f1": {"f1": f1[best], "above": float(best), "matrix": found.ravel().tolist()},
            "wilson": [wrong / len(label), ci.low, ci.high]}


def number(rng, rows):
    label = rng.normal(3, 2, rows)
    score = label + rng.normal(0.1, 1, rows)
    return {"score": score.tolist(), "label": label.tolist(), "rmse": sk.root_mean_squared_error(label, score),
            "mae": sk.mean_absolute_error(label, score), "r2": sk.r2_score(label, score)}


def classes(rng, rows):
    scores = rng.dirichlet(np.ones(3), rows)
    label = rng.integers(0, 3, rows)
    return {"scores": scores.tolist(), "label": label.tolist(), "mlogloss": sk.log_loss(label, scores),
            "merror": 1 - sk.accuracy_score(label, scores.argmax(axis=1)),
            "confusion": sk.confusion_matrix(label, scores.argmax(axis=1)).tolist()}


rng = np.random.default_rng(5)
cases = {"binary": [binary(rng, 12, 9, 10), binary(rng, 40, 2, 1000), binary(rng, 60, 30, 50), binary(rng, 150, 4, 20)],
         "number": number(rng, 30), "classes": classes(rng, 40)}
pathlib.Path(__file__).with_name("cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
