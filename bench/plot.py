# SPDX-License-Identifier: Apache-2.0
"""A line plot as SVG that is small, can be reviewed as text, and is readable on a light and on a dark page."""
import math
import xml.sax.saxutils

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 50
COLOURS = ["#2f7ed8", "#d9534f", "#3c9d4e", "#a166c4", "#c98a1b"]
DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 4"]  # so that colour is not the only difference
GREY = "#808080"


def escape(text):
    return xml.sax.saxutils.escape(str(text))


def power(n):
    """10³ for 1000; 0 and what is no power as it is."""
    if n == 0 or round(math.log10(n)) != math.log10(n):
        return f"{n:,}"
    return "10" + str(round(math.log10(n))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def ceiling(value):
    """The next 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1
    step = 10 ** math.floor(math.log10(value))
    return next(n * step for n in (1, 2, 5, 10) if n * step >= value * (1 - 1e-9))


def text(x, y, content, anchor="middle"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(content)}</text>'


def line_plot(title, x_title, lines, limit=None):
    """lines: name → [(x, y)], x growing; limit: a bar to draw as a line of its own."""
    xs = sorted({x for points in lines.values() for x, _ in points})
    top = ceiling(max([y for points in lines.values() for _, y in points] + ([limit] if limit else [])))

    def at_x(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * (xs.index(x) / max(1, len(xs) - 1))

    def at_y(y):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
             f' font-family="sans-serif" font-size="12" fill="{GREY}">',
             f"<title>{escape(title)}</title>", text(WIDTH / 2, 20, title),
             text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_title)]
    for n in range(6):
        y = top * n / 5
        parts.append(f'<path d="M{LEFT} {at_y(y):.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity="0.3"/>')
        parts.append(text(LEFT - 8, at_y(y) + 4, f"{y:,.4g}" if top < 1000 else f"{y:,.0f}", "end"))
    parts += [text(at_x(x), HEIGHT - BOTTOM + 20, power(x)) for x in xs]
    if limit:
        parts.append(f'<path d="M{LEFT} {at_y(limit):.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-width="2"/>')
        parts.append(text(WIDTH - RIGHT + 8, at_y(limit) + 4, f"bar: {limit:g}", "start"))
    for number, (name, points) in enumerate(lines.items()):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        path = " ".join(f"{'L' if n else 'M'}{at_x(x):.1f} {at_y(y):.1f}" for n, (x, y) in enumerate(points))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        parts += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        y = TOP + 20 * number + 20
        parts.append(f'<path d="M{WIDTH - RIGHT + 8} {y - 4}h24" stroke="{colour}" stroke-width="2"'
                     f' stroke-dasharray="{dash}"/>')
        parts.append(text(WIDTH - RIGHT + 38, y, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"
