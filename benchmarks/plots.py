"""The plots of growth, as SVG."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.rasters import OUT

if TYPE_CHECKING:
    from benchmarks.book import Book
    from benchmarks.plan import Plan
    from benchmarks.servers.tilegate import Installation

IMAGES = Path(__file__).parent.parent / "docs" / "images"
COLOURS = {"tilegate": "#0b7a75", "titiler": "#d1495b", "mapserver": "#8d7b2f"}
TITLES = {
    "connections": ("Random tiles over ever more connections", "connections"),
    "shares": ("Cached tiles of ever more shares", "shares"),
    "organizations": ("Cached tiles of ever more organizations", "organizations, each with 100 shares"),
    "pixels": ("Random tiles of ever larger rasters", "pixels a side"),
    "collections": ("Tiles of ever larger collections", "rasters in the collection"),
}


def draw(document: Path, folder: Path) -> list[Path]:
    """Draw all growths of a document into a folder; return the paths. Blocks."""
    mpl.rcParams["svg.hashsalt"] = "tilegate"  # the same figures give the same file
    told = json.loads(document.read_text())
    about = told["about"]
    when = f"{about['time'][:10]}, commit {about['commit']}, load at start {about['load_at_start']:.1f}"
    footer = f"{about['machine']}; {when}"
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(folder / f"growth-{name}.svg", name, points, footer) for name, points in told["growth"].items()]


def _draw(path: Path, name: str, points: list[dict[str, Any]], footer: str) -> Path:
    title, across = TITLES[name]
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    rate, waiting = figure.subplots(1, 2)
    for label in dict.fromkeys(map(_label, points)):
        line = [point for point in points if _label(point) == label]
        style = {"marker": "o", "color": COLOURS.get(line[0]["server"]), "label": label}
        if line[0].get("view") == "broad":
            style["linestyle"] = "--"
        sizes = [point["size"] for point in line]
        rate.plot(sizes, [point["tiles_per_second"] for point in line], **style)
        waiting.plot(sizes, [(point["p99_seconds"] or 0) * 1000 for point in line], **style)
        for point in line:
            if point["refused"]:
                place = (point["size"], point["tiles_per_second"])
                rate.annotate(f"{point['refused']} refused", place, fontsize=7)
    for axes, up in ((rate, "tiles a second"), (waiting, "99 % of tiles within, ms")):
        axes.set(xscale="log", xlabel=across, ylabel=up)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    rate.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    figure.supxlabel(footer, fontsize=6, color="#666666")
    figure.savefig(path, metadata={"Date": None})
    return path


def _label(point: dict[str, Any]) -> str:
    return f"{point['server']}, {point['view']} views" if "view" in point else str(point["server"])


def publish(_plan: Plan, _book: Book, _installation: Installation, _folder: Path) -> None:
    """Copy the plots of the last run into the documentation."""
    for path in sorted(OUT.glob("growth-*.svg")):
        shutil.copy(path, IMAGES / path.name)
        print(f"{IMAGES / path.name}")
