"""Measures judgement on the sandbox's platform and writes docs/benchmarks.md. `make bench`.

Calls, tokens, situations, seconds and memory at 523 and at 5,230 models; what more error rows cost; automatic
execution at many seeds; many clicks at once; with `--real-data DIR` also the reading of real error messages,
and discovery.
"""

import argparse
import asyncio
from pathlib import Path

from bot.settings import Settings, load_settings
from sandbox.bench.clicks import measure_clicks
from sandbox.bench.discovery import measure_discovery
from sandbox.bench.document import Figures, document
from sandbox.bench.kept import kept_section
from sandbox.bench.resources import NOW, Place, progress
from sandbox.bench.rows import Weighed, weigh
from sandbox.bench.runs import RunFigures, measure_runs
from sandbox.bench.sections import PAGE, renewed
from sandbox.bench.seeds import check_seeds
from sandbox.bench.texts import read_texts
from sandbox.database import embedded_server, marked_database
from sandbox.platform.build import build_platform, fill

SCALES = (1, 10)
SEEDS = 200


def main() -> None:
    """Measures everything, and writes the document when all of it is there."""
    arguments = _parser().parse_args()
    settings = load_settings(arguments.config)
    texts = read_texts(arguments.real_data) if arguments.real_data else None
    measured = _measured(settings)
    weighed = _weighed(settings)
    progress(f"automatic execution at {arguments.seeds} seeds")
    checked = check_seeds(settings, arguments.seeds)
    discovered = (
        asyncio.run(measure_discovery(settings, arguments.real_data)) if arguments.real_data else None
    )
    figures = Figures(
        measured=measured,
        weighed=weighed,
        checked=checked,
        texts=texts,
        clicked=asyncio.run(measure_clicks()),
        discovered=discovered,
    )
    earlier = arguments.output.read_text(encoding="utf-8") if arguments.output.exists() else ""
    page = renewed(document(figures, earlier), kept_section(settings))
    arguments.output.write_text(page, encoding="utf-8")
    progress(f"written: {arguments.output}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("operator.toml"))
    parser.add_argument("--real-data", type=Path, metavar="DIR", help="folder with provider_errors.jsonl")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"platforms to try ({SEEDS})")
    parser.add_argument("--output", type=Path, default=PAGE)
    return parser


def _measured(settings: Settings) -> list[RunFigures]:
    """Each size on a server of its own, so that none inherits another's caches."""
    figures: list[RunFigures] = []
    for scale in SCALES:
        platform = build_platform(NOW, scale=scale)
        progress(f"two runs at {len(platform.models):,} models")
        with embedded_server(equality_only=False) as uri, marked_database(uri) as name:
            fill(uri, name, platform)
            figures.append(asyncio.run(measure_runs(Place(uri, name, settings), platform)))
    return figures


def _weighed(settings: Settings) -> list[Weighed]:
    with embedded_server(equality_only=False) as uri:
        return asyncio.run(weigh(Place(uri, "", settings), build_platform(NOW)))


if __name__ == "__main__":
    main()
