"""Where tokens come from; each module is one kind of source behind `ingest.ports.Source`."""
