"""What people run today, one at a time: the table fetched into memory, trees on
all cores, the model saved; or the explanation of rows by a model.

usage: trees_peers.py xgboost|arrow|pandas|lightgbm|joinboost DATA OUT [--objective O] [--trees N]
       trees_peers.py contributions|shap DATA OUT --model FILE --rows N
       trees_peers.py apart OURS.csv THEIRS.npy

DATA is a DuckDB file with the table rows, whose last column is the label. Prints
a JSON object with the seconds of each phase; apart prints the largest difference
of a contribution on the rows that both explained.
"""
import argparse
import json
import time

LAB = {"eta": 0.1, "max_depth": 8, "min_child_weight": 100}
phases, begun = {}, time.monotonic()


def done(phase):
    """Ends a phase, the next begins."""
    global begun
    now = time.monotonic()
    phases[phase], begun = now - begun, now


def fetch(data, limit=None):
    """→ features (rows × columns, float32), labels, names, the leanest and
    fastest way of those that DuckDB offers."""
    import duckdb
    import numpy as np

    with duckdb.connect(data, read_only=True) as db:
        table = db.sql("SELECT COLUMNS(*)::FLOAT FROM rows" + (f" LIMIT {limit}" if limit else "")).fetchnumpy()
    *names, label = table
    return np.column_stack([table[name] for name in names]), table[label], names


def xgboost(args):
    import duckdb  # noqa: F401, so that its loading does not count as fetching
    import xgboost

    done("import")
    x, y, names = fetch(args.data)
    done("fetch")
    matrix = xgboost.QuantileDMatrix(x, label=y, feature_names=names)
    del x, y
    done("matrix")
    boost(args, matrix)


def arrow(args):
    """The table as it is, in one call."""
    import duckdb
    import xgboost

    done("import")
    with duckdb.connect(args.data, read_only=True) as db:
        table = db.sql("SELECT * FROM rows").to_arrow_table()
    *names, label = table.column_names
    done("fetch")
    matrix = xgboost.QuantileDMatrix(table.select(names), label=table[label].to_numpy())
    del table
    done("matrix")
    boost(args, matrix)


def pandas(args):
    """The way of most tutorials."""
    import duckdb
    import xgboost

    done("import")
    with duckdb.connect(args.data, read_only=True) as db:
        table = db.sql("SELECT * FROM rows").df()
    done("fetch")
    matrix = xgboost.DMatrix(table.iloc[:, :-1], label=table.iloc[:, -1])
    done("matrix")
    boost(args, matrix)


def boost(args, matrix):
    import xgboost

    model = xgboost.train(LAB | {"objective": args.objective, "tree_method": "hist"}, matrix, args.trees)
    done("train")
    model.save_model(args.out)
    done("save")


def lightgbm(args):
    import duckdb  # noqa: F401
    import lightgbm

    done("import")
    x, y, names = fetch(args.data)
    done("fetch")
    objective = {"reg:squarederror": "regression", "binary:logistic": "binary"}[args.objective]
    params = {"objective": objective, "learning_rate": LAB["eta"], "max_depth": LAB["max_depth"], "num_leaves": 2 ** LAB["max_depth"] - 1,
              "min_sum_hessian_in_leaf": LAB["min_child_weight"], "min_data_in_leaf": 1, "lambda_l2": 1, "verbosity": -1}
    matrix = lightgbm.Dataset(x, label=y, feature_name=names, params=params).construct()
    del x, y
    done("matrix")
    model = lightgbm.train(params, matrix, args.trees)
    done("train")
    model.save_model(args.out)
    done("save")


def joinboost(args):
    """Boosts inside DuckDB, every split a query. It needs the label as a float,
    in a table of its own; what it saves is not asked for."""
    import duckdb
    from joinboost.app import GradientBoosting
    from joinboost.joingraph import JoinGraph

    done("import")
    db = duckdb.connect()
    db.execute(f"ATTACH '{args.data}' AS file (READ_ONLY)")
    *names, label = (column[0] for column in db.execute("DESCRIBE file.rows").fetchall())
    db.execute(f"CREATE TABLE shop AS SELECT * REPLACE ({label}::DOUBLE AS {label}) FROM file.rows")
    graph = JoinGraph(db)
    graph.add_relation("shop", names, y=label)
    done("fetch")
    GradientBoosting(max_leaves=2 ** LAB["max_depth"] - 1, learning_rate=LAB["eta"], max_depth=LAB["max_depth"],
                     iteration=args.trees).fit(graph)
    done("train")


def contributions(args):
    import numpy as np
    import xgboost

    done("import")
    x, _, names = fetch(args.data, args.rows)
    model = xgboost.Booster(model_file=args.model)
    done("fetch")
    phi = model.predict(xgboost.DMatrix(x, feature_names=names), pred_contribs=True)
    done("explain")
    np.save(args.out, phi)


def shap(args):
    import numpy as np
    import shap
    import xgboost

    done("import")
    x, _, _ = fetch(args.data, args.rows)
    explainer = shap.TreeExplainer(xgboost.Booster(model_file=args.model))
    done("fetch")
    phi = explainer(x, check_additivity=False)
    done("explain")
    np.save(args.out, np.column_stack([phi.values, phi.base_values]))


def apart(args):
    import numpy as np

    theirs = np.load(args.out)
    ours = np.loadtxt(args.data, delimiter=",", skiprows=1, max_rows=len(theirs))
    phases["apart"] = float(np.abs(ours - theirs).max())


def main():
    args = argparse.ArgumentParser()
    args.add_argument("peer", choices=["xgboost", "arrow", "pandas", "lightgbm", "joinboost", "contributions", "shap", "apart"])
    args.add_argument("data")
    args.add_argument("out")
    args.add_argument("--objective", default="reg:squarederror")
    args.add_argument("--trees", type=int, default=50)
    args.add_argument("--model")
    args.add_argument("--rows", type=int)
    args = args.parse_args()
    globals()[args.peer](args)
    print(json.dumps(phases))


if __name__ == "__main__":
    main()
