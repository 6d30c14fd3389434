"""Numbers to drawings: pure functions from values to geometry, as text with dots, ready for SVG attributes.

Templates under templates/charts/ draw them; colours are classes of the style sheet. Knows nothing of the apps.
"""
