"""WHERE ingest and language run: worker processes of this machine."""
