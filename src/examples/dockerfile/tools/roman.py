"""Writes the number on standard input as the Romans did."""

import os
import sys

NUMERALS = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]

if os.getuid() == 0:
    sys.exit("this must not run as root")

number = int(sys.stdin.read())
for value, letters in NUMERALS:
    count, number = divmod(number, value)
    print(letters * count, end="")
print()
