"""A portal's look: colours that everybody can read, a logo known by its content, and the style sheet of both."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

from django.conf import settings

from .models import Look

# The portal's own surfaces (look.css), on which an accent must be readable, and what is written on the accent.
LIGHT_PAPERS, ON_LIGHT = ("#ffffff", "#fbfaf7", "#f3f0ea"), "#ffffff"
DARK_PAPERS, ON_DARK = ("#171614", "#1f1e1b", "#1b1a17"), "#171614"
LEAST = 4.5
LOGO_LIMIT = 1024 * 1024
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
_HEX = re.compile(r"#[0-9a-f]{6}")


def colour(said: str) -> str:
    """ "#3b38a8" from what somebody typed; "" for nothing. Raises ValueError."""
    value = said.strip().lower()
    if re.fullmatch(r"#?[0-9a-f]{3}", value):
        value = "#" + "".join(c * 2 for c in value.lstrip("#"))
    value = value if value.startswith("#") or not value else f"#{value}"
    if value and not _HEX.fullmatch(value):
        raise ValueError(f"{said[:20]!r} is not a colour. Write it as #3b38a8.")
    return value


def _channels(hexed: str) -> tuple[float, float, float]:
    return int(hexed[1:3], 16) / 255, int(hexed[3:5], 16) / 255, int(hexed[5:7], 16) / 255


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(hexed: str) -> float:
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(hexed))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least_contrast(accent: str, dark: bool) -> float:
    """The worst contrast the accent has anywhere on the portal in this mode."""
    papers, on = (DARK_PAPERS, ON_DARK) if dark else (LIGHT_PAPERS, ON_LIGHT)
    return min(contrast(accent, p) for p in (*papers, on))


def nearest_readable(accent: str, dark: bool) -> str:
    """The same hue, as much lighter (dark mode) or darker (light mode) as it takes to be readable."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(accent))
    for step in range(101):
        moved = min(1.0, lightness + step / 100) if dark else max(0.0, lightness - step / 100)
        found = "#" + "".join(f"{round(c * 255):02x}" for c in colorsys.hls_to_rgb(hue, moved, saturation))
        if least_contrast(found, dark) >= LEAST:
            return found
    return "#ffffff" if dark else "#000000"


def check(accent: str, dark: bool) -> None:
    """Raises ValueError, with a colour that passes, when the accent cannot be read."""
    worst = least_contrast(accent, dark)
    if worst < LEAST:
        mode = "dark" if dark else "light"
        raise ValueError(
            f"{accent} has a contrast of {worst:.1f} in {mode} mode; readable is {LEAST} and more. "
            f"The nearest colour that is: {nearest_readable(accent, dark)}"
        )


def css(look: Look) -> str:
    """The style sheet of a look. Only values that passed `colour` are in it."""
    lines = []
    if look.scheme in ("light", "dark"):
        lines.append(f":root{{color-scheme:{look.scheme}}}")
    if _HEX.fullmatch(look.accent_light):
        dark = look.accent_dark if _HEX.fullmatch(look.accent_dark) else nearest_readable(look.accent_light, True)
        lines.append(f":root{{--act:light-dark({look.accent_light},{dark})}}")
    return "\n".join(lines) + "\n"


def logo_type(data: bytes) -> str:
    """The ending of an image, told by its first bytes. Raises ValueError for what is none (SVG is none: it can run)."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return ".png"
    if data.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return ".gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    raise ValueError("The logo must be a PNG, JPEG, GIF or WebP image.")


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "logos"


def logo_path(look: Look) -> Path | None:
    """Where the logo lies; its name was made by us, and nothing else is ever opened."""
    if not re.fullmatch(r"[0-9a-f]{32}\.(png|jpg|gif|webp)", look.logo):
        return None
    path = folder() / look.logo
    return path if path.is_file() else None
