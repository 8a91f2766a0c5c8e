"""The record: bags and ledger, a notebook run as a stage, where a round stands, what pages show."""
