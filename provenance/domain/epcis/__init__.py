"""EPCIS 2.0 events (ISO/IEC 19987:2024) with CBV 2.0 words: documents, contexts, forms, the event itself, its hash."""
