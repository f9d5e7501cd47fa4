"""GS1 identifiers: keys with check digits, EPC URNs and Digital Link URIs, and the ways between them."""
