"""`make docs`: writes the pages that are made from the code."""

from documents.generated import pages
from support.source import ROOT

for path, text in pages().items():
    (ROOT / path).write_text(text, encoding="utf-8")
