"""Which offer of which provider a catalogue model is, and which models leave. Pure."""
