"""`python -m sandbox.demo.typed CLOCK …`: `ai-operator …`, at the time that the demo's page has."""

import sys
from pathlib import Path

from bot.cli import main
from bot.wiring import OTHER_CLOCK
from sandbox.demo.clock import Clock

if __name__ == "__main__":
    OTHER_CLOCK.set(Clock(Path(sys.argv.pop(1))))
    main()
