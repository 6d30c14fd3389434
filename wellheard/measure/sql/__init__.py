"""Questions → SQL, in this one place. Values are bound, never written into the text.

Who did what on which day is read from the rollup's bitmaps, so its cost grows with days and not with events; counts,
funnels, paths and whatever asks for properties or for a segment's accounts read the events themselves.
"""
