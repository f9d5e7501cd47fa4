"""Package types: the codes of UN/ECE Recommendation 21 with the additions of GS1, the values of AI (7041)."""

_BY_FIRST = {
    "": "8 9 43 44 200 201 202 203 204 205 206 210 211 212 APE BGE BME BRI CBL CCE DPE FOB FPE LAB MPE OPE PAE PLP POP "
    "PPE PUE RB1 RB2 RB3 RCB SEC STL TEV THE TRE TTE TWE UUE WRP X11 X12 X15 X16 X17 X18 X19 X20 X3",
    "1": "ABDFGW", "2": "C", "3": "AH", "4": "ABCDFGH", "5": "HLM", "6": "HP", "7": "AB", "8": "ABC",
    "A": "ABCDFGHIJLMPTV", "B": "4BCDEFGHIJKLMNOPQRSTUVWXYZ", "C": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "D": "ABCGHIJKLMNPRSTUVWXY", "E": "123CDEFGHIN", "F": "BCDEILOPRTWX", "G": "BILRUYZ", "H": "ABCGNR",
    "I": "ABCDEFGHKLNZ", "J": "BCGRTY", "K": "GI", "L": "EGTUVZ", "M": "ABCERSTWX", "N": "AEFGSTUV",
    "O": "ABCDEFKTU", "P": "2ABCDEFGHIJKLNOPRTUVXYZ", "Q": "ABCDFGHJKLMNPQRS", "R": "DGJKLOTZ",
    "S": "1ABCDEHIKLMOPSTUVWXYZ", "T": "1BCDEGIKLNORSTUVWYZ", "U": "CN", "V": "AGIKLNOPQRSY",
    "W": "ABCDFGHJKLMNPQRSTUVWXYZ", "X": "ABCDFGHJK", "Y": "ABCDFGHJKLMNPQRSTVWXYZ", "Z": "ABCDFGHJKLMNPQRSTUVWXYZ",
}  # fmt: skip

PACKAGE_TYPES = frozenset(_BY_FIRST[""].split()) | {
    first + second for first, seconds in _BY_FIRST.items() if first for second in seconds
}
"""Every code, of one, two or three characters."""
