"""
The colours of all pictures, and what marks a chosen class besides its colour.

Chosen and other bars differ in blue against grey, which every kind of colour vision tells apart,
and in thickness, weight of the title and a tick besides. The page is opaque, so that a picture
reads alike in a dark chat and in a light one. Text has a contrast of at least 4.5 to 1.
"""

PAGE = "#ffffff"
INK = "#16202c"
MUTED = "#566372"
CHOSEN = "#0b62a8"
OTHER = "#94a2b1"
RAIL = "#e9edf2"
THRESHOLD = "#b34700"
GUIDE = "#f0d9cb"

INKS = (INK, MUTED, CHOSEN, OTHER, THRESHOLD)
TINTS = (PAGE, RAIL, GUIDE)

TICK = "\N{CHECK MARK}"
