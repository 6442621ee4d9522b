"""A drawing as SVG text: words, lines, dots and boxes, readable in print, on light and dark pages.

No script and no font file: every word is a ``text`` element that a screen reader, a search and a PDF can read. Colours
are attributes, so that a reader without style sheets (a PDF maker, a page with a strict policy) shows the light
version; a style sheet inside turns them for dark screens.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

LIGHT = {
    "surface": "#ffffff", "ink": "#14211b", "muted": "#55635c", "grid": "#dde5e0",
    "s0": "#0b6e4f", "s1": "#a05a00", "s2": "#2563c9", "s3": "#b0267e", "s4": "#7c4dd6", "s5": "#55635c",
}  # fmt: skip
"""Colours by role; ``s0`` to ``s5`` are series, at least 4.5 to 1 against the surface, as labels wear them too."""
DARK = {
    "surface": "#191f1d", "ink": "#e6eeea", "muted": "#9caea5", "grid": "#2e3835",
    "s0": "#52c794", "s1": "#f0b35a", "s2": "#7fb0ff", "s3": "#f08cc8", "s4": "#b79cff", "s5": "#9caea5",
}  # fmt: skip
SERIES = 6

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif"
WIDTH = 720
SIZE, TITLE_SIZE = 13, 18
LINE_HEIGHT = 1.35
BOLD = 1.1  # how much wider bold letters are
PAD = 20
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Controls that turn the direction of whatever follows them, beyond the text that they are in."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WIDEST = frozenset("WMm@%\ufffd")  # about as wide as the font is tall in the fonts of ``FONT``


@dataclass(slots=True)
class Svg:
    """An SVG under construction: a title for the eye, and a title and description for whoever cannot see it.

    Attributes:
        title: heading.
        subtitle: a sentence or two under it; wrapped.
        description: what the chart shows, in words.
        width: of the whole drawing in px.
        title_size: of the heading's letters in px.
        body: the elements so far, in painting order.
        top: y at which the drawing may begin, in px.
    """

    title: str
    subtitle: str
    description: str
    width: int = WIDTH
    title_size: int = TITLE_SIZE
    body: list[str] = field(default_factory=list)
    top: float = 0.0

    def __post_init__(self) -> None:
        y = PAD + self.title_size
        for said in wrapped(self.title, self.title_size * BOLD, self.width - 2 * PAD):
            self.text(PAD, y, said, size=self.title_size, bold=True)
            y += int(self.title_size * LINE_HEIGHT)
        for said in wrapped(self.subtitle, SIZE, self.width - 2 * PAD):
            self.text(PAD, y, said, role="muted")
            y += int(SIZE * LINE_HEIGHT)
        self.top = y

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        role: str = "ink",
        size: int = SIZE,
        anchor: str = "start",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Write ``words`` with their baseline at ``y``; a halo keeps them readable across lines."""
        weight = ' font-weight="600"' if bold else ""
        around = (
            f' class="f-{role} k-surface" stroke="{LIGHT["surface"]}" stroke-width="4" stroke-linejoin="round" '
            'paint-order="stroke"'
            if halo
            else f' class="f-{role}"'
        )
        self.body.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{LIGHT[role]}"{weight}'
            f"{around}>{_escaped(words)}</text>"
        )

    def line(self, points: Iterable[tuple[float, float]], role: str, *, width: float = 1.0, dash: str = "") -> None:
        """Draw a line through ``points``."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.body.append(
            f'<polyline points="{path}" fill="none" class="k-{role}" stroke="{LIGHT[role]}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{dashes}/>'
        )

    def dot(self, x: float, y: float, role: str) -> None:
        """Draw a dot with a rim of the surface's colour."""
        self.body.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="f-{role} k-surface" fill="{LIGHT[role]}" '
            f'stroke="{LIGHT["surface"]}" stroke-width="2"/>'
        )

    def box(self, x: float, y: float, width: float, height: float, role: str) -> None:
        """Fill a rectangle."""
        self.body.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="f-{role}" '
            f'fill="{LIGHT[role]}"/>'
        )

    def document(self, height: float) -> str:
        """Return the whole SVG, ``height`` px tall; the same drawing always gives the same text."""
        drawn = "\n".join(self.body)
        # Ids must differ between the charts of one page, and be the same whenever a chart is drawn again.
        mark = hashlib.sha256(f"{self.title}\n{self.description}\n{drawn}".encode()).hexdigest()[:10]
        dark = "".join(f".chart .f-{role}{{fill:{ink}}}.chart .k-{role}{{stroke:{ink}}}" for role, ink in DARK.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {self.width} {height:.0f}" '
            f'width="{self.width}" height="{height:.0f}" font-family={quoteattr(FONT)} role="img" '
            f'aria-labelledby="t{mark} d{mark}">\n'
            f'<title id="t{mark}">{_escaped(self.title)}</title>\n'
            f'<desc id="d{mark}">{_escaped(self.description)}</desc>\n'
            f"<style>@media screen and (prefers-color-scheme:dark){{{dark}}}</style>\n"
            f'<rect width="{self.width}" height="{height:.0f}" class="f-surface" fill="{LIGHT["surface"]}"/>\n'
            f"{drawn}\n</svg>\n"
        )


def _escaped(words: str) -> str:
    """``words`` for XML, which knows no control characters, not even escaped ones: a mark stands where they were."""
    return escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", shown_plainly(words)))


def shown_plainly(words: str) -> str:
    """``words`` with a mark in place of every control that would turn round the text after them."""
    return TURNING.sub("\N{REPLACEMENT CHARACTER}", words)


def text_width(words: str, size: float) -> float:
    """Width of ``words`` in px, estimated: East Asian characters are as wide as the font is tall, others about half."""
    wide = sum(1 for char in words if ord(char) >= 0x2E80)  # noqa: PLR2004 - where CJK begins in Unicode
    widest = sum(1 for char in words if char in WIDEST)
    broad = sum(1 for char in words if char not in WIDEST and (char.isupper() or char in "w&"))
    return size * (wide + 0.88 * widest + 0.72 * broad + 0.54 * (len(words) - wide - widest - broad))


def wrapped(words: str, size: float, width: float) -> list[str]:
    """Break ``words`` into as few lines of at most ``width`` px as it takes, and those about equally long."""
    lines = _broken(words, size, width)
    narrow = text_width(words, size) / max(len(lines), 1)
    while narrow < width:
        if len(even := _broken(words, size, narrow)) <= len(lines):
            return even
        narrow *= 1.05
    return lines


def _broken(words: str, size: float, width: float) -> list[str]:
    """Break ``words`` at spaces, and what is still too wide anywhere (so East Asian text breaks between characters)."""
    lines = [""]
    for word in words.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and text_width(joined, size) > width:
            lines.append(word)
        else:
            lines[-1] = joined
        while text_width(lines[-1], size) > width and len(lines[-1]) > 1:
            fits = max(n for n in range(1, len(lines[-1])) if n == 1 or text_width(lines[-1][:n], size) <= width)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return [line for line in lines if line]
