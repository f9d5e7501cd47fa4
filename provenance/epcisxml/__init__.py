"""EPCIS in XML (ISO/IEC 19987:2024, 2.0; and 1.0 to 1.2 read in): a second syntax of the one event model.

Reading gives what the same document in JSON-LD would give, with the same event hash; writing gives XML 2.0 that reads
back to it. Nothing here decides what is well-formed beyond XML itself and where elements may stand: the form of events
is judged once, by the domain.
"""
