"""Gradient-boosted trees and their explanation, willbuy beside what people run
today.

usage: trees.py --willbuy FILE --pythons DIR --rows DIR [--largest N] [--out DIR]

Makes the rows (trees_rows.py) in --rows once, then runs every contestant as a
process of its own, one after the other, from the file to the saved model: 100
thousand rows to --largest, which is 100 million unless told. --pythons holds the
virtual environments 3.4, 3.2 and usual that trees.sh makes. Short runs are
repeated and the fastest counts, since what else a machine does only ever slows.
Writes trees.md and trees.svg. Run it on an idle machine.

Memory is the largest resident set of the process, as the kernel counts it. That
count starts from the parent's own, so that nothing is imported here that is not
small until everybody has run.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile
import time
from typing import NamedTuple

from trees_page import ARROW, LIGHTGBM, LOGISTIC, OURS, SIZES, SQUARED, USUAL, XGBOOST, Figures, megabytes, page, plot, seconds

HERE = pathlib.Path(__file__).parent
ROUNDS = 50
LAB = ["REVIEW_QUALITY_OUT", "PRODUCT_LAYOUT_OUT", "PAGE_LOAD_TIME", "REVIEW_SENTIMENT", "PRODUCT_RATING"]
WIDE = [f"x{k}" for k in range(20)]


class Contestant(NamedTuple):
    name: str
    command: list
    wrote: pathlib.Path = None  # the model, the contributions
    twin: str = ""  # whose model must be the same
    scale: float = 1  # how many times the peer's phase of this name counts
    scaled: str = ""


def run(command):
    """Runs a process → its output, seconds, CPU-seconds, peak bytes, what went wrong."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.monotonic()
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, said = out.read(), err.read().strip()
    failed = ""
    if child.returncode:
        lines = said.splitlines() or [f"exit {child.returncode}"]
        failed = next((line for line in lines if "rror" in line or line.startswith("willbuy:")), lines[-1])
    return text, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, failed


def measure(contestant):
    """The fastest of up to three runs, of one if that takes long."""
    best, spent, runs = None, 0, 0
    while runs < 3 and spent < 12:
        text, ran, cpu, peak, failed = run(contestant.command)
        spent, runs = spent + ran, runs + 1
        wall = ran
        if contestant.scale != 1 and not failed:
            rest = json.loads(text)[contestant.scaled] * (contestant.scale - 1)
            wall, cpu = wall + rest, cpu * (1 + rest / ran)
        if best is None or wall < best.wall:
            best = Figures(contestant.name, wall, cpu, peak, contestant.wrote, contestant.twin, ran, failed)
        if failed:
            break
    print(f"  {best.name}: " + (best.failed or f"{seconds(best.wall)}, {seconds(best.cpu)} CPU, {megabytes(best.peak)}"), flush=True)
    return best


class Bench:
    """Where things are, and who takes part."""

    def __init__(self, args, work):
        self.pythons, self.rows, self.work = args.pythons, args.rows, work
        # A copy, as installing makes one: of a program just linked some 10 MB more are
        # resident.
        self.willbuy = shutil.copy(args.willbuy, work)
        self.models = 0

    def python(self, environment):
        return self.pythons / environment / "bin" / "python"

    def data(self, kind, rows):
        """The DuckDB file, made if need be and read once, so that nobody waits for the disk."""
        subprocess.run([self.python("3.4"), HERE / "trees_rows.py", kind, str(rows), self.rows], check=True)
        for ending in ("duckdb", "parquet"):
            with open(self.rows / f"{kind}-{rows}.{ending}", "rb") as file:
                while file.read(1 << 20):
                    pass
        return self.rows / f"{kind}-{rows}.duckdb"

    def model(self):
        self.models += 1
        return self.work / f"{self.models}.json"

    def peer(self, environment, name, data, out, *rest):
        return [self.python(environment), HERE / "trees_peers.py", name, data, out, *rest]

    def ours(self, name, data, features, label, objective, compat="3.4"):
        out = self.model()
        return Contestant(name, [
            self.willbuy, "train", "--data", data, "--features", ",".join(features), "--label", label, "--rounds", ROUNDS,
            "--param", f"objective={objective}", "--param", "eta=0.1", "--param", "max_depth=8", "--param", "min_child_weight=100",
            "--compat", compat, "--quiet", "--out", out], out, f"xgboost {compat}")

    def trained(self, name, environment, peer, data, objective):
        out = self.model()
        return Contestant(name, self.peer(environment, peer, data, out, "--objective", objective), out)

    def boosting(self, data, rows, objective):
        """Who trains on lab-shaped rows; on the most of them, who does not hold them all in memory."""
        flat = data.with_suffix(".parquet")
        everyone = [self.ours(OURS, data, LAB, "PURCHASE_DECISION", objective),
                    self.ours(OURS + " from parquet", flat, LAB, "PURCHASE_DECISION", objective)]
        if rows == SIZES[-1]:
            return everyone
        everyone += [self.ours(OURS + " --compat 3.2", data, LAB, "PURCHASE_DECISION", objective, "3.2"),
                     self.trained(XGBOOST, "3.4", "xgboost", data, objective),
                     self.trained("xgboost 3.2", "3.2", "xgboost", data, objective),
                     self.trained(LIGHTGBM, "3.4", "lightgbm", data, objective)]
        if objective == SQUARED:
            everyone.insert(-1, self.trained(ARROW, "arrow", "arrow", data, objective))
            everyone.insert(-1, self.trained(USUAL, "usual", "pandas", data, objective))
        if objective == SQUARED and rows == 1_000_000:
            everyone.append(Contestant("JoinBoost, 2 rounds scaled", self.peer("usual", "joinboost", data, self.model(), "--trees", 2),
                                       scale=ROUNDS // 2, scaled="train"))
        return everyone

    def hard(self, data, features, label):
        """Everyone, on rows that compress less."""
        return [self.ours(OURS, data, features, label, LOGISTIC),
                self.trained(XGBOOST, "3.4", "xgboost", data, LOGISTIC),
                self.trained(LIGHTGBM, "3.4", "lightgbm", data, LOGISTIC)]

    def explaining(self, data, rows, model):
        """Everyone who can explain all rows; those who take long explain some, and are scaled."""
        def peer(name, environment, way, some):
            out = self.work / f"{way}-{environment}.npy"
            return Contestant(f"{name}, {some:,} rows", self.peer(environment, way, data, out, "--model", model, "--rows", some),
                              out, scale=rows / some, scaled="explain")

        ours = [self.willbuy, "explain", "--model", model, "--data", data, "--quiet"]
        table = self.work / "contributions.csv"
        return [Contestant(OURS + " --out", [*ours, "--out", table], table),
                Contestant(OURS + ", global", ours),
                peer("xgboost 3.4 pred_contribs", "3.4", "contributions", 50_000),
                peer("xgboost 3.2 pred_contribs", "3.2", "contributions", 20_000),
                peer("shap.TreeExplainer", "usual", "shap", 5_000)]

    def apart(self, ours, theirs):
        """The largest difference of a contribution."""
        out = subprocess.run([str(w) for w in self.peer("3.4", "apart", ours, theirs)], check=True, capture_output=True, text=True).stdout
        return json.loads(out)["apart"]

    def versions(self):
        def of(environment, *packages):
            script = "import importlib.metadata as m, sys; print(*(m.version(p) for p in sys.argv[1:]))"
            return subprocess.run([self.python(environment), "-c", script, *packages], check=True, capture_output=True, text=True).stdout.split()

        new, old = of("3.4", "xgboost", "lightgbm", "duckdb", "numpy"), of("3.2", "xgboost")
        usual, arrow = of("usual", "pandas", "shap", "joinboost"), of("arrow", "pyarrow")
        return (f"xgboost {new[0]} and {old[0]}, LightGBM {new[1]}, DuckDB {new[2]}, numpy {new[3]}, pandas {usual[0]}, pyarrow {arrow[0]}, "
                f"shap {usual[1]}, JoinBoost {usual[2]}, Python {platform.python_version()}")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "CPU")
    return f"{model}, {os.cpu_count()} cores, {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--willbuy", required=True)
    args.add_argument("--pythons", type=pathlib.Path, required=True)
    args.add_argument("--rows", type=pathlib.Path, required=True)
    args.add_argument("--largest", type=int, default=SIZES[-1])
    args.add_argument("--out", type=pathlib.Path, default=HERE)
    args = args.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="willbuy-bench-"))
    bench = Bench(args, work)

    trained, hard, explained, apart = {SQUARED: {}, LOGISTIC: {}}, {}, {}, {}
    for rows in (n for n in SIZES if n <= args.largest):
        data = bench.data("lab", rows)
        for objective in trained:
            print(f"{rows:,} rows, {objective}", flush=True)
            trained[objective][rows] = [measure(c) for c in bench.boosting(data, rows, objective)]
    for kind, features, label, title in (("graded", LAB, "PURCHASE_DECISION", "sentiment in hundredths"),
                                         ("wide", WIDE, "y", "20 continuous features")):
        rows = min(args.largest, 1_000_000)
        data = bench.data(kind, rows)
        print(f"{rows:,} rows, {title}", flush=True)
        hard[title] = {rows: [measure(c) for c in bench.hard(data, features, label)]}
    for rows in (n for n in SIZES[:2] if n <= args.largest):
        if trained[SQUARED][rows][0].failed:
            continue  # there is no model to explain
        data, model = bench.data("lab", rows), trained[SQUARED][rows][0].wrote
        print(f"{rows:,} rows explained", flush=True)
        explained[rows] = [measure(c) for c in bench.explaining(data, rows, model)]
        for r in explained[rows][1:]:
            if r.wrote and not r.failed and not explained[rows][0].failed:
                apart[rows, r.name] = f"{bench.apart(explained[rows][0].wrote, r.wrote):.0e}"

    (args.out / "trees.md").write_text(page(machine(), bench.versions(), trained, hard, explained, apart))
    plot(trained[SQUARED], args.out / "trees.svg")
    shutil.rmtree(work)
    everything = [*trained.values(), *hard.values(), explained]
    if failed := {r.name for sized in everything for results in sized.values() for r in results if r.failed}:
        raise SystemExit("failed: " + ", ".join(sorted(failed)))


if __name__ == "__main__":
    main()
