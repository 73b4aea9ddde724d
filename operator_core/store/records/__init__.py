"""Our own collections: proposals, journal, holds, runs, memory and state."""
