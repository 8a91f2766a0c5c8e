"""A round that the provincial platform draws (外部抽取): its list taken over, checked, archived, audited, never called random."""
