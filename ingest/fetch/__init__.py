"""Fetching what strangers link to: guarded, bounded, from several gateways."""
