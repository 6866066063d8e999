"""
The colours of all charts, and the mark of a chosen class.

Chosen and other bars differ in colour, blue against grey, which every kind of colour vision can
distinguish, and also in thickness, weight of the title and a tick. The page is opaque, so that a
chart looks the same in a dark and in a light chat. Text has a contrast of at least 4.5 to 1.
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
