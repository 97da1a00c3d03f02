"""What the benchmark of trees writes: tables, a summary, a plot, and whether two
models are the same."""
import json
import pathlib
import struct
from typing import NamedTuple

SIZES = [100_000, 1_000_000, 10_000_000, 100_000_000]
SQUARED, LOGISTIC = "reg:squarederror", "binary:logistic"

# Contestants that the summary and the plot single out.
OURS, XGBOOST, ARROW, USUAL, LIGHTGBM = "willbuy", "xgboost 3.4", "xgboost 3.4 from Arrow", "xgboost 3.4 from pandas", "LightGBM"

# Of a tree in XGBoost's JSON, an entry a node.
ARRAYS = ["split_indices", "split_conditions", "default_left", "left_children", "right_children", "parents",
          "loss_changes", "sum_hessian", "base_weights"]


class Figures(NamedTuple):
    name: str
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # bytes
    wrote: pathlib.Path  # the model, the contributions
    twin: str  # whose model must be the same
    ran: float  # seconds of wall time before scaling
    failed: str  # why there are no figures, in its own words


def difference(ours, theirs):
    """Where two models of XGBoost's JSON part first, float32 by float32."""
    def learner(path):
        return json.loads(path.read_text())["learner"]

    def bits(x):
        return struct.pack("<f", x)

    a, b = learner(ours), learner(theirs)
    base = [float(m["learner_model_param"]["base_score"].strip("[]")) for m in (a, b)]
    if bits(base[0]) != bits(base[1]):
        return f"base_score {base[0]} for {base[1]}"
    a, b = (m["gradient_booster"]["model"]["trees"] for m in (a, b))
    if len(a) != len(b):
        return f"{len(a)} trees for {len(b)}"
    for number, (x, y) in enumerate(zip(a, b)):
        nodes = [len(t["parents"]) for t in (x, y)]
        for node in range(min(nodes)):
            for name in ARRAYS:
                if bits(x[name][node]) != bits(y[name][node]):
                    return f"tree {number}, node {node}: {name} {x[name][node]:.9g} for {y[name][node]:.9g}"
        if nodes[0] != nodes[1]:
            return f"tree {number}: {nodes[0]} nodes for {nodes[1]}"
    return "identical"


def seconds(x):
    return f"{x:.2f} s" if x < 10 else f"{x:.1f} s" if x < 100 else f"{x:,.0f} s"


def megabytes(x):
    return f"{x / 1e6:,.0f} MB"


def times(x):
    return f"{x:.2f}×" if x < 10 else f"{x:.1f}×" if x < 100 else f"{x:,.0f}×"


def to(x, base, ours):
    """A figure as a multiple of ours, where there is one."""
    return "" if ours.failed else times(x / base)


def find(results, name):
    """The figures of a contestant, None where it did not take part or failed."""
    return next((r for r in results if r.name == name and not r.failed), None)


def training_table(sized):
    """A line a contestant: figures, and whether the model is its twin's."""
    lines = ["| rows | | wall | of willbuy's | CPU | peak memory | of willbuy's | model |", "|---|---|---|---|---|---|---|---|"]
    for rows, results in sized.items():
        ours = results[0]
        for r in results:
            if r.failed:
                lines.append(f"| {rows:,} | {r.name} | {r.failed.replace('|', ' ')} | | | | | |")
                continue
            twin, told = find(results, r.twin), ""
            if twin:
                told = difference(r.wrote, twin.wrote)
                told = f"{told} to {twin.name}'s" if told == "identical" else f"parts from {twin.name}'s: {told}"
            lines.append(f"| {rows:,} | {r.name} | {seconds(r.wall)} | {to(r.wall, ours.wall, ours)} | {seconds(r.cpu)} | "
                         f"{megabytes(r.peak)} | {to(r.peak, ours.peak, ours)} | {told} |")
    return "\n".join(lines) + "\n"


def explaining_table(sized, apart):
    lines = ["| rows | | wall | of willbuy's | CPU | peak memory | contributions within |", "|---|---|---|---|---|---|---|"]
    for rows, results in sized.items():
        ours = results[0]
        for r in results:
            if r.failed:
                lines.append(f"| {rows:,} | {r.name} | {r.failed.replace('|', ' ')} | | | | |")
                continue
            scaled = ", scaled" if r.wall != r.ran else ""
            lines.append(f"| {rows:,} | {r.name}{scaled} | {seconds(r.wall)} | {to(r.wall, ours.wall, ours)} | {seconds(r.cpu)} | "
                         f"{megabytes(r.peak)} | {apart.get((rows, r.name), '')} |")
    return "\n".join(lines) + "\n"


def summary(trained, hard, explained):
    """What the figures come to, one line each."""
    lines = []
    for rows in SIZES[1:3]:
        results = trained[SQUARED].get(rows, [])
        for peer in (XGBOOST, ARROW, USUAL, LIGHTGBM):
            ours, theirs = find(results, OURS), find(results, peer)
            if ours and theirs:
                lines.append(f"- {rows:,} rows: {times(theirs.wall / ours.wall)} as fast as {peer}, 1/{theirs.peak / ours.peak:.1f} of its memory.")
    ten, hundred = (find(trained[SQUARED].get(rows, []), OURS) for rows in SIZES[2:])
    if ten and hundred:
        lines.append(f"- Ten times the rows, 100 million: {times(hundred.wall / ten.wall)} the time, {times(hundred.peak / ten.peak)} the memory.")
        held = find(trained[SQUARED][SIZES[2]], XGBOOST)
        if held:
            lines.append(f"- {XGBOOST} was not run on 100 million: growing linearly it would take {seconds(held.wall * 10)} and {held.peak / 1e8:.1f} GB.")
    for title, sized in hard.items():
        rows, results = next(iter(sized.items()))
        ours, theirs = find(results, OURS), find(results, XGBOOST)
        if ours and theirs:
            lines.append(f"- {rows:,} rows, {title}: {ours.wall / theirs.wall:.2f} of {XGBOOST}'s time, {ours.peak / theirs.peak:.2f} of its memory.")
    for rows, results in explained.items():
        theirs = next((r for r in results if r.name.startswith("xgboost 3.4")), None)
        if theirs and not (theirs.failed or results[0].failed):
            lines.append(f"- Explaining {rows:,} rows: {times(theirs.wall / results[0].wall)} as fast as {theirs.name} scaled.")
    return "\n".join(lines) + "\n"


def page(machine, versions, trained, hard, explained, apart):
    parts = ["# Gradient-boosted trees, measured", "",
             f"Made by `make bench-trees` on {machine}, with {versions}.", "",
             "![](trees.svg)", "",
             "Each is a process of its own, from the file to the saved model, on all cores: 50 rounds, eta 0.1, max_depth 8, "
             "min_child_weight 100. Rows are the lab's: 1,156 page load times and 300 combinations of quality, layout, rating and "
             "sentiment. The peers read the same DuckDB file: xgboost and LightGBM (255 leaves) through numpy and QuantileDMatrix or "
             "Dataset, the leanest way that was found (cast to float32 by DuckDB, let go before training); *from Arrow* is the table as DuckDB "
             "fetches it in one call, into a QuantileDMatrix; *from pandas* is xgboost as tutorials have it, a data frame and a DMatrix. "
             "JoinBoost splits with queries inside DuckDB. The file is in the page cache for everyone; short runs are the fastest of "
             "three.", "",
             summary(trained, hard, explained),
             "## Squared error, the lab's objective", "", training_table(trained[SQUARED]),
             "## Logistic loss", "", training_table(trained[LOGISTIC])]
    for title, sized in hard.items():
        parts += [f"## Where rows compress less: {title}, logistic loss", "", training_table(sized)]
    parts += ["Of a feature with more than some thousand distinct values XGBoost's own cuts depend on the order of rows, "
              "so that there is no one model to be identical to.", "",
              "## Contributions (SHAP) to the model of squared error", "",
              "Those who take long explain as many rows as their name says, and that time is scaled linearly. "
              "shap.TreeExplainer hands XGBoost's models to pred_contribs.", "", explaining_table(explained, apart)]
    return "\n".join(parts)


def plot(sized, path):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    matplotlib.rcParams.update({"svg.hashsalt": "willbuy", "font.size": 11})
    looks = {OURS: ("#1b5e8a", "o", 2.6, (-6, 9)), XGBOOST: ("#c0562f", "s", 1.8, (8, 2)), LIGHTGBM: ("#6b7a86", "^", 1.8, (8, -10))}
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained", facecolor="white")
    for axis, title, figure_of in ((axes[0], "seconds from file to saved model", lambda r: r.wall),
                                   (axes[1], "peak memory in MB", lambda r: r.peak / 1e6)):
        for name, (colour, mark, width, place) in looks.items():
            points = [(rows, figure_of(found)) for rows, results in sized.items() if (found := find(results, name))]
            if not points:
                continue
            axis.plot(*zip(*points), color=colour, marker=mark, linewidth=width, label=name)
            last = points[-1][1]
            axis.annotate(f"{last:,.0f}" if last >= 10 else f"{last:.1f}", points[-1], color=colour, xytext=place, textcoords="offset points")
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_title(title, fontsize=12)
        axis.set_xlabel("rows")
        axis.set_xticks(list(sized), [f"{n // 1000} k" if n < 1_000_000 else f"{n // 1_000_000} M" for n in sized])
        axis.minorticks_off()
        axis.yaxis.set_major_formatter(lambda y, _: f"{y:,g}")
        axis.margins(x=0.08, y=0.15)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
