"""Rows for the benchmark of trees, made inside DuckDB.

usage: trees_rows.py lab|graded|wide ROWS DIR

Writes DIR/KIND-ROWS.duckdb (table rows) and DIR/KIND-ROWS.parquet, unless they
are there. The first rows of a larger file are those of a smaller one. lab is
the shop of `willbuy synth` with the label of sentiment as the lab scores it:
1,156 page load times, 300 combinations of the rest. graded is the same with
sentiment in hundredths. wide has 20 continuous columns, so that no two rows are
equal. All take any number of rows in a gigabyte of memory.
"""
import argparse
import pathlib

import duckdb

# A uniform number in (0, 1) and a normal deviate (Box and Muller), a different
# one for every row i and k.
MACROS = """
CREATE TEMP MACRO u(i, k) AS (hash(i * 64 + k) >> 11) / 9007199254740992.0 + 1e-17;
CREATE TEMP MACRO z(i, k) AS sqrt(-2 * ln(u(i, k))) * cos(2 * pi() * u(i, k + 1));
"""

LAB = """
WITH felt AS (
    SELECT i, 0.2 + 0.85 * z(i, 0) AS satisfaction,
           round(least(greatest(2 * exp(0.55 * z(i, 2)), 0.2), 11.75), 2) AS load
    FROM range({rows}) r(i)
), said AS (
    SELECT i, load, tanh(1.3 * (satisfaction + 0.5 * z(i, 4))) AS tone, satisfaction + 0.5 * z(i, 6) AS liking FROM felt
), judged AS (
    SELECT i, load, tone,
           {sentiment} AS sentiment,
           1 + (liking > -0.88)::INT + (liking > -0.5)::INT + (liking > -0.07)::INT + (liking > 0.62)::INT AS rating,
           CASE WHEN u(i, 9) < 0.27 + 0.06 * abs(tone) THEN 2 WHEN u(i, 9) < 0.62 + 0.06 * abs(tone) - 0.05 * tone THEN 1 ELSE 0 END AS quality,
           floor(5 * u(i, 10))::INT AS layout
    FROM said
)
SELECT quality::BIGINT AS REVIEW_QUALITY_OUT, layout::BIGINT AS PRODUCT_LAYOUT_OUT, load::DOUBLE AS PAGE_LOAD_TIME,
       sentiment::DOUBLE AS REVIEW_SENTIMENT, rating::BIGINT AS PRODUCT_RATING,
       (u(i, 11) < 1 / (1 + exp(0.85 + 0.7 * (load - 2.3) - tone - 0.5 * (rating - 3.5) - 0.5 * [0, 1, -1][quality + 1]
                                - 0.5 * [-1, 0, 1, -0.5, 0.5][layout + 1] - 0.15 * (load - 2.3) * tone)))::BIGINT AS PURCHASE_DECISION
FROM judged
"""

# Positive, negative, neutral or mixed, as the lab turns labels into numbers.
LABELS = "CASE WHEN tone >= 0.3 THEN 1 WHEN tone <= -0.3 THEN -1 WHEN u(i, 8) < 0.5 THEN 0 ELSE 0.5 END"
HUNDREDTHS = "round(tone, 2)"

WIDE = """
SELECT {columns}, (u(i, 60) < 1 / (1 + exp(x0 * x1 - x2 + 0.5 * x3 * x3 - 0.5)))::BIGINT AS y
FROM (SELECT i, {drawn} FROM range({rows}) r(i))
"""


def query(kind, rows):
    if kind != "wide":
        return LAB.format(rows=rows, sentiment=LABELS if kind == "lab" else HUNDREDTHS)
    names = [f"x{k}" for k in range(20)]
    return WIDE.format(rows=rows, columns=", ".join(names), drawn=", ".join(f"z(i, {2 * k}) AS {n}" for k, n in enumerate(names)))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("kind", choices=["lab", "graded", "wide"])
    args.add_argument("rows", type=int)
    args.add_argument("dir", type=pathlib.Path)
    args = args.parse_args()
    table, flat = (args.dir / f"{args.kind}-{args.rows}.{ending}" for ending in ("duckdb", "parquet"))
    if table.exists() and flat.exists():
        return
    args.dir.mkdir(parents=True, exist_ok=True)
    part, spill = args.dir / "part", args.dir / "spill"
    for leftover in (part, part.with_suffix(".wal"), flat):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(part), config={"memory_limit": "1GB", "temp_directory": str(spill)}) as db:
        db.execute(MACROS)
        db.execute("CREATE TABLE rows AS " + query(args.kind, args.rows))
        db.execute(f"COPY rows TO '{flat}' (FORMAT parquet)")
    part.rename(table)


if __name__ == "__main__":
    main()
