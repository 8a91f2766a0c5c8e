"""The record: bags and ledger, running a notebook as a stage, where a round stands, what pages show."""
