"""The picture of the last two weeks: providers × days, coloured by the share of models that answered."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from operator_core.domain.signals import ProviderDay

CELL, GAP, LEFT, TOP, BOTTOM = 56, 4, 150, 46, 54
BACKGROUND, INK, EMPTY = "#ffffff", "#1d1c1d", "#e8e8e8"
SCALE = ((0.95, "#2e8b57"), (0.8, "#9ccc65"), (0.5, "#ffd54f"), (0.2, "#ff8a65"), (0.0, "#d84343"))
"""At least this share → colour. The number stands in each cell too, for those who can't tell them apart."""


def picture(history: Sequence[ProviderDay], today: date, days: int = 14) -> tuple[bytes, str] | None:
    """A PNG and what it shows, in words; None when nothing ran at all."""
    providers = sorted({entry.provider for entry in history})
    if not providers:
        return None
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    by_cell = {(entry.provider, entry.day): entry for entry in history}
    size = (LEFT + days * (CELL + GAP) + GAP, TOP + len(providers) * (CELL // 2 + GAP) + BOTTOM)
    image = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(image)
    small, normal = ImageFont.load_default(13), ImageFont.load_default(15)
    draw.text((GAP * 2, 12), f"Share of models answering, {days} days to {today:%d %b %Y}", INK, font=normal)
    for row, provider in enumerate(providers):
        y = TOP + row * (CELL // 2 + GAP)
        draw.text((GAP * 2, y + 5), provider[:18], INK, font=normal)
        for column, day in enumerate(dates):
            x, cell = LEFT + column * (CELL + GAP), by_cell.get((provider, day))
            draw.rectangle((x, y, x + CELL, y + CELL // 2), fill=_colour(cell))
            if cell and cell.ran:
                draw.text((x + 14, y + 7), f"{cell.share:.0%}", INK, font=small)
    y = TOP + len(providers) * (CELL // 2 + GAP) + 6
    for column, day in enumerate(dates):
        draw.text((LEFT + column * (CELL + GAP) + 8, y), f"{day:%d %b}", INK, font=small)
    draw.text((LEFT, y + 22), "In each cell: percent of models that ran; grey: nothing ran", INK, font=small)
    png = BytesIO()
    image.save(png, "PNG", optimize=True)
    return png.getvalue(), _alt_text(history, today, days)


def _colour(cell: ProviderDay | None) -> str:
    return next(colour for least, colour in SCALE if cell.share >= least) if cell and cell.ran else EMPTY


def _alt_text(history: Sequence[ProviderDay], today: date, days: int) -> str:
    latest = [entry for entry in history if entry.day == today and entry.ran]
    worst = sorted(latest, key=lambda entry: (entry.share, entry.provider))[:3]
    said = ", ".join(f"{entry.provider} {entry.share:.0%}" for entry in worst)
    tail = f" Today lowest: {said}." if said else ""
    return f"Share of models that answered, by provider and day, {days} days to {today.isoformat()}.{tail}"
